-- CreateTable
CREATE TABLE "ApiKeyLabel" (
    "apiKeyId" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    PRIMARY KEY ("apiKeyId", "name"),
    CONSTRAINT "ApiKeyLabel_apiKeyId_fkey" FOREIGN KEY ("apiKeyId") REFERENCES "ApiKey" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Owner" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL,
    "externalId" TEXT,
    "kind" TEXT NOT NULL,
    "contact" TEXT,
    "policy" TEXT,
    "disabledAt" DATETIME,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1
);

-- CreateTable
CREATE TABLE "OwnerLabel" (
    "ownerId" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    PRIMARY KEY ("ownerId", "name"),
    CONSTRAINT "OwnerLabel_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "Owner" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "LabelLimit" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL,
    "labelName" TEXT NOT NULL,
    "labelValue" TEXT NOT NULL,
    "policy" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1
);

-- AlterTable
ALTER TABLE "ApiKey" ADD COLUMN "ownerId" INTEGER REFERENCES "Owner" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "ApiKey" ADD COLUMN "secretCreatedAt" DATETIME;
ALTER TABLE "ApiKey" ADD COLUMN "createdByType" TEXT;
ALTER TABLE "ApiKey" ADD COLUMN "createdById" INTEGER;
ALTER TABLE "ApiKey" ADD COLUMN "createdByName" TEXT;

-- CreateIndex
CREATE INDEX "ApiKeyLabel_name_value_idx" ON "ApiKeyLabel"("name", "value");

-- CreateIndex
CREATE UNIQUE INDEX "Owner_externalId_key" ON "Owner"("externalId");

-- CreateIndex
CREATE INDEX "Owner_name_idx" ON "Owner"("name");

-- CreateIndex
CREATE INDEX "OwnerLabel_name_value_idx" ON "OwnerLabel"("name", "value");

-- CreateIndex
CREATE UNIQUE INDEX "LabelLimit_name_key" ON "LabelLimit"("name");

-- CreateIndex
CREATE INDEX "LabelLimit_labelName_labelValue_idx" ON "LabelLimit"("labelName", "labelValue");

-- CreateIndex
CREATE INDEX "ApiKey_ownerId_idx" ON "ApiKey"("ownerId");

-- A key that was never rotated still has its first secret.
UPDATE "ApiKey" SET "secretCreatedAt" = "createdAt" WHERE "formerSecretExpiresAt" IS NULL;
