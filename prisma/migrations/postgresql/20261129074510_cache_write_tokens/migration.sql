-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN     "cacheWriteInputTokens" INTEGER;
