-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN "labels" TEXT;
ALTER TABLE "RequestLog" ADD COLUMN "ownerId" INTEGER;
ALTER TABLE "RequestLog" ADD COLUMN "tags" TEXT;
