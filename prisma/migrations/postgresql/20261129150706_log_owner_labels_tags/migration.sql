-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN     "labels" TEXT,
ADD COLUMN     "ownerId" INTEGER,
ADD COLUMN     "tags" TEXT;
