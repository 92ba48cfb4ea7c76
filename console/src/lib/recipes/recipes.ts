// How a program or an application is set up to call this server: every value filled in, ready to paste.
import { m } from '#lib/paraglide/messages.js'
import * as agents from './agent-recipes.ts'
import * as apps from './app-recipes.ts'
import * as code from './code-recipes.ts'
import type { Recipe } from './recipe.ts'

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
