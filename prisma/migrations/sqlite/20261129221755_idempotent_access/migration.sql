-- AlterTable
ALTER TABLE "IdempotentRequest" ADD COLUMN "access" TEXT;
