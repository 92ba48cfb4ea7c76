-- AlterTable
ALTER TABLE "Admin" ADD COLUMN "operatorPassword" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "AdminInvitation" ADD COLUMN "ownerIds" TEXT;

-- AlterTable
ALTER TABLE "AdminSession" ADD COLUMN "ssoIssuer" TEXT;
ALTER TABLE "AdminSession" ADD COLUMN "ssoSid" TEXT;
ALTER TABLE "AdminSession" ADD COLUMN "ssoSubject" TEXT;

-- AlterTable
ALTER TABLE "Settings" ADD COLUMN "passwordSignIn" BOOLEAN;

-- CreateTable
CREATE TABLE "AdminIdentity" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "adminId" INTEGER NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "email" TEXT,
    "createdAt" DATETIME NOT NULL,
    "lastUsedAt" DATETIME,
    CONSTRAINT "AdminIdentity_adminId_fkey" FOREIGN KEY ("adminId") REFERENCES "Admin" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "SsoProvider" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "issuer" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "encryptedClientSecret" TEXT,
    "scopes" TEXT NOT NULL,
    "buttonLabel" TEXT NOT NULL,
    "roleClaim" TEXT,
    "roleMapping" TEXT NOT NULL,
    "defaultRole" TEXT,
    "emailDomains" TEXT,
    "createsAdmins" BOOLEAN NOT NULL,
    "linksVerifiedEmails" BOOLEAN NOT NULL,
    "ownersClaim" TEXT,
    "updatedAt" DATETIME NOT NULL,
    "version" INTEGER NOT NULL
);

-- CreateIndex
CREATE INDEX "AdminIdentity_adminId_idx" ON "AdminIdentity"("adminId");

-- CreateIndex
CREATE UNIQUE INDEX "AdminIdentity_issuer_subject_key" ON "AdminIdentity"("issuer", "subject");

-- CreateIndex
CREATE INDEX "AdminSession_ssoIssuer_ssoSubject_idx" ON "AdminSession"("ssoIssuer", "ssoSubject");
