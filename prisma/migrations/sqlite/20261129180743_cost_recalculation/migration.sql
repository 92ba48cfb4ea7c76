-- AlterTable
ALTER TABLE "CostRecalculation" ADD COLUMN "actorName" TEXT NOT NULL DEFAULT '';
ALTER TABLE "CostRecalculation" ADD COLUMN "apiKeyIds" TEXT;
ALTER TABLE "CostRecalculation" ADD COLUMN "byModel" TEXT NOT NULL DEFAULT '[]';
ALTER TABLE "CostRecalculation" ADD COLUMN "dryRun" BOOLEAN NOT NULL DEFAULT false;
