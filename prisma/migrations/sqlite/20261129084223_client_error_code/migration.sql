-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN "clientErrorCode" TEXT;
