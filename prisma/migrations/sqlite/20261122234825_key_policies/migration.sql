-- AlterTable
ALTER TABLE "ApiKey" ADD COLUMN "disabledAt" DATETIME;
ALTER TABLE "ApiKey" ADD COLUMN "policy" TEXT;

-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN "shadowDenials" TEXT;
