-- AlterTable
ALTER TABLE "Model" ADD COLUMN "sessionAffinity" BOOLEAN NOT NULL DEFAULT true;
