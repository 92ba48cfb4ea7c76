// How a program or an application is set up to call this server: every value filled in, ready to paste.
import { m } from '#lib/paraglide/messages.js'
import * as agents from './agent-recipes.ts'
import * as apps from './app-recipes.ts'
import * as code from './code-recipes.ts'

export type RecipeValues = {
  /** The secret; null where it is not known: recipes then name the variable that holds it. */
  secret: string | null
  /** As `http://127.0.0.1:8000/v1`. */
  baseUrl: string
  /** A model that the key may call. */
  model: string
}
/** A text to copy: a file, or a command. */
export type RecipeBlock = { /** The file that it belongs into. */ file?: string; text: string }
export type Recipe = {
  id: string
  title: string
  group: 'code' | 'agents' | 'apps'
  /** What to know before. */
  note?: () => string
  /** Fields of a form in the application, by the names that it has for them. */
  fields?: (values: RecipeValues) => readonly { name: string; value: string }[]
  blocks?: (values: RecipeValues) => readonly RecipeBlock[]
}

export const recipes: readonly Recipe[] = [
  { id: 'curl', title: 'curl', group: 'code', blocks: code.curl },
  { id: 'python', title: 'Python', group: 'code', blocks: code.python },
  { id: 'node', title: 'Node', group: 'code', blocks: code.node },
  { id: 'langchain', title: 'LangChain', group: 'code', blocks: code.langchain },
  { id: 'env', title: '.env', group: 'code', note: m.recipe_env_note, blocks: code.env },
  {
    id: 'claude-code',
    title: 'Claude Code',
    group: 'agents',
    note: m.recipe_claude_code_note,
    blocks: agents.claudeCode,
  },
  { id: 'codex', title: 'Codex CLI', group: 'agents', blocks: agents.codex },
  { id: 'opencode', title: 'OpenCode', group: 'agents', blocks: agents.openCode },
  { id: 'cursor', title: 'Cursor', group: 'agents', note: m.recipe_cursor_note, fields: agents.cursor },
  { id: 'cline', title: 'Cline', group: 'agents', note: m.recipe_cline_note, fields: agents.cline },
  {
    id: 'open-webui',
    title: 'Open WebUI',
    group: 'apps',
    note: m.recipe_open_webui_note,
    blocks: apps.openWebUi,
  },
  { id: 'librechat', title: 'LibreChat', group: 'apps', blocks: apps.libreChat },
  { id: 'dify', title: 'Dify', group: 'apps', note: m.recipe_dify_note, fields: apps.dify },
]

/** The name of a group. */
export function groupTitle(group: Recipe['group']): string {
  switch (group) {
    case 'code':
      return m.recipe_group_code()
    case 'agents':
      return m.recipe_group_agents()
    case 'apps':
      return m.recipe_group_apps()
  }
}
