-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN     "cacheSavedNanoUsd" BIGINT,
ADD COLUMN     "originalCostNanoUsd" BIGINT,
ADD COLUMN     "recalculatedReceipt" TEXT;

-- AlterTable
ALTER TABLE "UsageRollup" ADD COLUMN     "cacheSavedNanoUsd" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "cacheWriteInputTokens" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "CostRecalculation" (
    "id" SERIAL NOT NULL,
    "status" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "fromAt" TIMESTAMP(3) NOT NULL,
    "toAt" TIMESTAMP(3) NOT NULL,
    "missingOnly" BOOLEAN NOT NULL,
    "models" TEXT,
    "upstreams" TEXT,
    "lastId" BYTEA,
    "examinedCalls" BIGINT NOT NULL,
    "changedCalls" BIGINT NOT NULL,
    "differenceNanoUsd" BIGINT NOT NULL,
    "unpricedCalls" BIGINT NOT NULL,
    "failure" TEXT,

    CONSTRAINT "CostRecalculation_pkey" PRIMARY KEY ("id")
);
