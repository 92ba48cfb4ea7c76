-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN "cacheSavedNanoUsd" BIGINT;
ALTER TABLE "RequestLog" ADD COLUMN "originalCostNanoUsd" BIGINT;
ALTER TABLE "RequestLog" ADD COLUMN "recalculatedReceipt" TEXT;

-- CreateTable
CREATE TABLE "CostRecalculation" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "status" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL,
    "fromAt" DATETIME NOT NULL,
    "toAt" DATETIME NOT NULL,
    "missingOnly" BOOLEAN NOT NULL,
    "models" TEXT,
    "upstreams" TEXT,
    "lastId" BLOB,
    "examinedCalls" BIGINT NOT NULL,
    "changedCalls" BIGINT NOT NULL,
    "differenceNanoUsd" BIGINT NOT NULL,
    "unpricedCalls" BIGINT NOT NULL,
    "failure" TEXT
);

-- AlterTable
ALTER TABLE "UsageRollup" ADD COLUMN "cacheWriteInputTokens" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "UsageRollup" ADD COLUMN "cacheSavedNanoUsd" BIGINT NOT NULL DEFAULT 0;
