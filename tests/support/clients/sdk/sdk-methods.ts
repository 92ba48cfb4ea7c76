// Every method of OpenAI's SDK, as its own resource classes have them, so that a method of a newer version is met by itself.
import OpenAI from 'openai'
import { APIResource } from 'openai/core/resource'

export type SdkMethod = {
  /** As an application writes it after the client: `chat.completions.create`. */
  name: string
  /** Its code, from which its arguments are derived. */
  source: string
}

/** The methods of a client's resources, those of resources within resources too. */
export function sdkMethods(): SdkMethod[] {
  const client = new OpenAI({ apiKey: 'none' })
  return resourcesOf(client, '').flatMap(([path, resource]) =>
    methodsOf(resource).map(({ name, source }) => ({ name: `${path}.${name}`, source })),
  )
}

/** Calls a method by its name. */
export function callMethod(client: OpenAI, name: string, args: readonly unknown[]): unknown {
  const path = name.split('.')
  const method = path.pop() ?? ''
  const resource = path.reduce<unknown>((at, part) => Reflect.get(Object(at), part), client)
  return Reflect.apply(Reflect.get(Object(resource), method), resource, args)
}

function resourcesOf(owner: object, path: string): [string, APIResource][] {
  return Object.entries(owner).flatMap(([name, value]) =>
    value instanceof APIResource
      ? [[`${path}${name}`, value] as [string, APIResource], ...resourcesOf(value, `${path}${name}.`)]
      : [],
  )
}

/** Own methods and inherited ones, but for those of every resource. */
function methodsOf(resource: APIResource): SdkMethod[] {
  const found: SdkMethod[] = []
  for (let at = Object.getPrototypeOf(resource); at !== APIResource.prototype; at = Object.getPrototypeOf(at))
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof value === 'function' && name !== 'constructor') found.push({ name, source: String(value) })
  return found
}
