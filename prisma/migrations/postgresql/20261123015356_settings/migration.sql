-- CreateTable
CREATE TABLE "Settings" (
    "id" INTEGER NOT NULL,
    "defaultPolicy" TEXT,
    "policyCeiling" TEXT,
    "defaultExpiryDays" INTEGER,
    "maxExpiryDays" INTEGER,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "version" INTEGER NOT NULL,

    CONSTRAINT "Settings_pkey" PRIMARY KEY ("id")
);
