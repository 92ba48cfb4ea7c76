-- AlterTable
ALTER TABLE "ApiKey" ADD COLUMN "formerSecretExpiresAt" DATETIME;
ALTER TABLE "ApiKey" ADD COLUMN "formerSecretHash" BLOB;

-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN "attempts" TEXT;
ALTER TABLE "RequestLog" ADD COLUMN "costNanoUsd" BIGINT;
ALTER TABLE "RequestLog" ADD COLUMN "receipt" TEXT;
ALTER TABLE "RequestLog" ADD COLUMN "usedSecret" TEXT;

-- AlterTable
ALTER TABLE "UsageRollup" ADD COLUMN "costNanoUsd" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "UsageRollup" ADD COLUMN "unpricedCalls" BIGINT NOT NULL DEFAULT 0;

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_formerSecretHash_key" ON "ApiKey"("formerSecretHash");
