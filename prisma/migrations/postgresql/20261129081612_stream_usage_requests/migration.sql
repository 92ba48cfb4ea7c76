-- AlterTable
ALTER TABLE "Upstream" ADD COLUMN     "requestStreamUsage" BOOLEAN NOT NULL DEFAULT true;
