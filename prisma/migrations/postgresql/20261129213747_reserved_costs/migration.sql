-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN     "reservedNanoUsd" BIGINT;

-- AlterTable
ALTER TABLE "UsageRollup" ADD COLUMN     "reservedNanoUsd" BIGINT NOT NULL DEFAULT 0;
