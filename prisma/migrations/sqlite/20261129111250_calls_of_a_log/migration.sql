-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN "calls" INTEGER;
