-- AlterTable
ALTER TABLE "ApiKey" ADD COLUMN     "disabledAt" TIMESTAMP(3),
ADD COLUMN     "policy" TEXT;

-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN     "shadowDenials" TEXT;
