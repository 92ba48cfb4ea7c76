-- CreateTable
CREATE TABLE "Settings" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "defaultPolicy" TEXT,
    "policyCeiling" TEXT,
    "defaultExpiryDays" INTEGER,
    "maxExpiryDays" INTEGER,
    "updatedAt" DATETIME NOT NULL,
    "version" INTEGER NOT NULL
);
