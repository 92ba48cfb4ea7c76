// Finds a ring in a directed graph.

/**
 * The first cycle that a walk in insertion order meets, its start repeated at the end, or undefined.
 * An edge from a node to itself is one.
 */
export function findCycle(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>()
  const path: string[] = []

  const visit = (node: string): string[] | undefined => {
    const at = path.indexOf(node)
    if (at !== -1) return [...path.slice(at), node]
    if (done.has(node)) return undefined
    path.push(node)
    for (const next of graph.get(node) ?? []) {
      const ring = visit(next)
      if (ring) return ring
    }
    path.pop()
    done.add(node)
    return undefined
  }

  for (const node of graph.keys()) {
    const ring = visit(node)
    if (ring) return ring
  }
  return undefined
}
