-- AlterTable
ALTER TABLE "Admin" ADD COLUMN     "operatorPassword" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "AdminInvitation" ADD COLUMN     "ownerIds" TEXT;

-- AlterTable
ALTER TABLE "AdminSession" ADD COLUMN     "ssoIssuer" TEXT,
ADD COLUMN     "ssoSid" TEXT,
ADD COLUMN     "ssoSubject" TEXT;

-- AlterTable
ALTER TABLE "Settings" ADD COLUMN     "passwordSignIn" BOOLEAN;

-- CreateTable
CREATE TABLE "AdminIdentity" (
    "id" SERIAL NOT NULL,
    "adminId" INTEGER NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "email" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "lastUsedAt" TIMESTAMP(3),

    CONSTRAINT "AdminIdentity_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SsoProvider" (
    "id" INTEGER NOT NULL,
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
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "version" INTEGER NOT NULL,

    CONSTRAINT "SsoProvider_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "AdminIdentity_adminId_idx" ON "AdminIdentity"("adminId");

-- CreateIndex
CREATE UNIQUE INDEX "AdminIdentity_issuer_subject_key" ON "AdminIdentity"("issuer", "subject");

-- CreateIndex
CREATE INDEX "AdminSession_ssoIssuer_ssoSubject_idx" ON "AdminSession"("ssoIssuer", "ssoSubject");

-- AddForeignKey
ALTER TABLE "AdminIdentity" ADD CONSTRAINT "AdminIdentity_adminId_fkey" FOREIGN KEY ("adminId") REFERENCES "Admin"("id") ON DELETE CASCADE ON UPDATE CASCADE;
