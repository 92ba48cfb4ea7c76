-- AlterTable
ALTER TABLE "AdminToken" ADD COLUMN "tokenStart" TEXT NOT NULL DEFAULT '';
ALTER TABLE "AdminToken" ADD COLUMN "scopes" TEXT NOT NULL DEFAULT '';
ALTER TABLE "AdminToken" ADD COLUMN "networks" TEXT;
ALTER TABLE "AdminToken" ADD COLUMN "ownerIds" TEXT;
ALTER TABLE "AdminToken" ADD COLUMN "createdBy" TEXT;
ALTER TABLE "AdminToken" ADD COLUMN "expiresAt" DATETIME;
ALTER TABLE "AdminToken" ADD COLUMN "revokedAt" DATETIME;
ALTER TABLE "AdminToken" ADD COLUMN "formerTokenHash" BLOB;
ALTER TABLE "AdminToken" ADD COLUMN "formerTokenExpiresAt" DATETIME;
ALTER TABLE "AdminToken" ADD COLUMN "lastUsedIp" TEXT;
ALTER TABLE "AdminToken" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1;
CREATE UNIQUE INDEX "AdminToken_formerTokenHash_key" ON "AdminToken"("formerTokenHash");
