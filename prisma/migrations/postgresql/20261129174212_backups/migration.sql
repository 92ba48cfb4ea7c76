-- AlterTable
ALTER TABLE "Settings" ADD COLUMN     "backupHour" INTEGER,
ADD COLUMN     "backupsKept" INTEGER;

-- CreateTable
CREATE TABLE "ExternalBackup" (
    "id" SERIAL NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "createdBy" TEXT NOT NULL,
    "note" TEXT,

    CONSTRAINT "ExternalBackup_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "ExternalBackup_createdAt_idx" ON "ExternalBackup"("createdAt");
