-- AlterTable
ALTER TABLE "ApiKey" ADD COLUMN     "createdById" INTEGER,
ADD COLUMN     "createdByName" TEXT,
ADD COLUMN     "createdByType" TEXT,
ADD COLUMN     "ownerId" INTEGER,
ADD COLUMN     "secretCreatedAt" TIMESTAMP(3);

-- CreateTable
CREATE TABLE "ApiKeyLabel" (
    "apiKeyId" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "ApiKeyLabel_pkey" PRIMARY KEY ("apiKeyId","name")
);

-- CreateTable
CREATE TABLE "Owner" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "externalId" TEXT,
    "kind" TEXT NOT NULL,
    "contact" TEXT,
    "policy" TEXT,
    "disabledAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "Owner_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "OwnerLabel" (
    "ownerId" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "OwnerLabel_pkey" PRIMARY KEY ("ownerId","name")
);

-- CreateTable
CREATE TABLE "LabelLimit" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "labelName" TEXT NOT NULL,
    "labelValue" TEXT NOT NULL,
    "policy" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "LabelLimit_pkey" PRIMARY KEY ("id")
);

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

-- AddForeignKey
ALTER TABLE "ApiKey" ADD CONSTRAINT "ApiKey_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "Owner"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApiKeyLabel" ADD CONSTRAINT "ApiKeyLabel_apiKeyId_fkey" FOREIGN KEY ("apiKeyId") REFERENCES "ApiKey"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "OwnerLabel" ADD CONSTRAINT "OwnerLabel_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "Owner"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A key that was never rotated still has its first secret.
UPDATE "ApiKey" SET "secretCreatedAt" = "createdAt" WHERE "formerSecretExpiresAt" IS NULL;
