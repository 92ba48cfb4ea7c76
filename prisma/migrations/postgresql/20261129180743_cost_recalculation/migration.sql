-- AlterTable
ALTER TABLE "CostRecalculation" ADD COLUMN     "actorName" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "apiKeyIds" TEXT,
ADD COLUMN     "byModel" TEXT NOT NULL DEFAULT '[]',
ADD COLUMN     "dryRun" BOOLEAN NOT NULL DEFAULT false;
