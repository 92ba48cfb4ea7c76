-- DropIndex
DROP INDEX "AuditEvent_targetType_targetId_idx";

-- AlterTable
ALTER TABLE "AuditEvent" ADD COLUMN     "chainHash" BYTEA,
ADD COLUMN     "chainPosition" INTEGER,
ADD COLUMN     "chainVersion" INTEGER,
ADD COLUMN     "userAgent" TEXT;

-- CreateTable
CREATE TABLE "AuditChain" (
    "id" INTEGER NOT NULL,
    "headPosition" INTEGER NOT NULL,
    "headHash" BYTEA NOT NULL,
    "checkpointPosition" INTEGER NOT NULL,
    "checkpointHash" BYTEA NOT NULL,

    CONSTRAINT "AuditChain_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AuditCursor" (
    "sink" TEXT NOT NULL,
    "position" INTEGER NOT NULL,

    CONSTRAINT "AuditCursor_pkey" PRIMARY KEY ("sink")
);

-- CreateTable
CREATE TABLE "FindingDismissal" (
    "findingId" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "actorName" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "FindingDismissal_pkey" PRIMARY KEY ("findingId")
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
