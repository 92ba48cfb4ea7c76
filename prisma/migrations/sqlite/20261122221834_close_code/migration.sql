-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN "closeCode" INTEGER;
