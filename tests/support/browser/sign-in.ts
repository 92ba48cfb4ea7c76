import type { Page } from 'playwright-core'
import { PASSWORD } from '../api/client.ts'

/** Signs in to the console as a person does, and waits for the overview. */
export async function signInTo(
  page: Page,
  url: string,
  { username = 'admin', password = PASSWORD } = {},
): Promise<void> {
  await page.goto(`${url}/login`)
  await page.getByTestId('login-username').fill(username)
  await page.getByTestId('login-password').fill(password)
  await page.getByTestId('login-submit').click()
  await page.waitForURL(`${url}/`)
}
