-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN "serviceTier" TEXT;
