-- DropIndex
DROP INDEX "AuditEvent_targetType_targetId_idx";

-- AlterTable
ALTER TABLE "AuditEvent" ADD COLUMN "chainHash" BLOB;
ALTER TABLE "AuditEvent" ADD COLUMN "chainPosition" INTEGER;
ALTER TABLE "AuditEvent" ADD COLUMN "chainVersion" INTEGER;
ALTER TABLE "AuditEvent" ADD COLUMN "userAgent" TEXT;

-- CreateTable
CREATE TABLE "AuditChain" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "headPosition" INTEGER NOT NULL,
    "headHash" BLOB NOT NULL,
    "checkpointPosition" INTEGER NOT NULL,
    "checkpointHash" BLOB NOT NULL
);

-- CreateTable
CREATE TABLE "AuditCursor" (
    "sink" TEXT NOT NULL PRIMARY KEY,
    "position" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "FindingDismissal" (
    "findingId" TEXT NOT NULL PRIMARY KEY,
    "reason" TEXT NOT NULL,
    "actorName" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "AuditEvent_chainPosition_key" ON "AuditEvent"("chainPosition");

-- CreateIndex
CREATE INDEX "AuditEvent_targetType_targetId_id_idx" ON "AuditEvent"("targetType", "targetId", "id");

-- CreateIndex
CREATE INDEX "AuditEvent_actorType_actorId_id_idx" ON "AuditEvent"("actorType", "actorId", "id");

-- CreateIndex
CREATE INDEX "AuditEvent_actorName_id_idx" ON "AuditEvent"("actorName", "id");

-- CreateIndex
CREATE INDEX "AuditEvent_action_id_idx" ON "AuditEvent"("action", "id");

-- CreateIndex
CREATE INDEX "AuditEvent_at_idx" ON "AuditEvent"("at");
