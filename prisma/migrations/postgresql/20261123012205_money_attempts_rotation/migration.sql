-- AlterTable
ALTER TABLE "ApiKey" ADD COLUMN     "formerSecretExpiresAt" TIMESTAMP(3),
ADD COLUMN     "formerSecretHash" BYTEA;

-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN     "attempts" TEXT,
ADD COLUMN     "costNanoUsd" BIGINT,
ADD COLUMN     "receipt" TEXT,
ADD COLUMN     "usedSecret" TEXT;

-- AlterTable
ALTER TABLE "UsageRollup" ADD COLUMN     "costNanoUsd" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "unpricedCalls" BIGINT NOT NULL DEFAULT 0;

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_formerSecretHash_key" ON "ApiKey"("formerSecretHash");
