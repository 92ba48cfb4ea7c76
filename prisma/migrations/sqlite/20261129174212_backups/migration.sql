-- AlterTable
ALTER TABLE "Settings" ADD COLUMN "backupHour" INTEGER;
ALTER TABLE "Settings" ADD COLUMN "backupsKept" INTEGER;

-- CreateTable
CREATE TABLE "ExternalBackup" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "createdAt" DATETIME NOT NULL,
    "createdBy" TEXT NOT NULL,
    "note" TEXT
);

-- CreateIndex
CREATE INDEX "ExternalBackup_createdAt_idx" ON "ExternalBackup"("createdAt");
