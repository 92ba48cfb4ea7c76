// What each setting that an admin can change is called.
import type { Settings } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

export type SettingName = Exclude<keyof Settings, '__typename' | 'version' | 'updatedAt'>

export const settingNames: Record<SettingName, () => string> = {
  defaultExpiryDays: m.settings_default_expiry,
  maxExpiryDays: m.settings_max_expiry,
  secretForm: m.settings_secret_form,
  defaultPolicy: m.settings_default_policy,
  policyCeiling: m.settings_ceiling,
  sessionIdleMinutes: m.settings_idle,
  sessionMaxDays: m.settings_session_days,
  requireSecondFactor: m.settings_require_factor,
  passwordSignIn: m.settings_passwords,
  backupHour: m.settings_backup_hour,
  backupsKept: m.settings_backups_kept,
}
