-- AlterTable
ALTER TABLE "Admin" ADD COLUMN "disabledAt" DATETIME;
ALTER TABLE "Admin" ADD COLUMN "displayName" TEXT;
ALTER TABLE "Admin" ADD COLUMN "email" TEXT;
ALTER TABLE "Admin" ADD COLUMN "lastSignInAt" DATETIME;
ALTER TABLE "Admin" ADD COLUMN "totpEnabledAt" DATETIME;
ALTER TABLE "Admin" ADD COLUMN "totpLastStep" INTEGER;
ALTER TABLE "Admin" ADD COLUMN "totpSecret" TEXT;

-- AlterTable
ALTER TABLE "AdminSession" ADD COLUMN "confirmedAt" DATETIME;
ALTER TABLE "AdminSession" ADD COLUMN "method" TEXT;

-- AlterTable
ALTER TABLE "Settings" ADD COLUMN "requireSecondFactor" TEXT;
ALTER TABLE "Settings" ADD COLUMN "sessionIdleMinutes" INTEGER;
ALTER TABLE "Settings" ADD COLUMN "sessionMaxDays" INTEGER;

-- CreateTable
CREATE TABLE "AdminBackupCode" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "adminId" INTEGER NOT NULL,
    "codeHash" BLOB NOT NULL,
    CONSTRAINT "AdminBackupCode_adminId_fkey" FOREIGN KEY ("adminId") REFERENCES "Admin" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "AdminInvitation" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "tokenHash" BLOB NOT NULL,
    "role" TEXT NOT NULL,
    "displayName" TEXT,
    "email" TEXT,
    "createdBy" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "AdminPasswordLink" (
    "adminId" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "tokenHash" BLOB NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    CONSTRAINT "AdminPasswordLink_adminId_fkey" FOREIGN KEY ("adminId") REFERENCES "Admin" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "AdminBackupCode_adminId_codeHash_key" ON "AdminBackupCode"("adminId", "codeHash");

-- CreateIndex
CREATE UNIQUE INDEX "AdminInvitation_tokenHash_key" ON "AdminInvitation"("tokenHash");

-- CreateIndex
CREATE UNIQUE INDEX "AdminPasswordLink_tokenHash_key" ON "AdminPasswordLink"("tokenHash");
