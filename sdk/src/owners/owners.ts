// Owners, which keys belong to: teams, persons, customers.
import type {
  BackTestSharedPolicyInput,
  CreateOwnerInput,
  EnsureOwnerInput,
  OwnerFilter,
  UpdateOwnerInput,
} from '../generated/operations.ts'
import { found, present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Send } from '../transport/transport.ts'
import type {
  AuditEvent,
  Owner,
  OwnerActivity,
  OwnerBudgets,
  OwnerCounts,
  PolicyBackTest,
  RuleVerdict,
} from '../types.ts'

/** `created`: there was none with the external id. */
export type EnsuredOwner = { owner: Owner; created: boolean }
export type ListOwnersArgs = PageArgs & { filter?: OwnerFilter | undefined }
export type DisableOwnerOptions = CallOptions & {
  /** Abort the in-flight calls of its keys, too. */
  abortInFlightCalls?: boolean | undefined
}
export type DeleteOwnerOptions = CallOptions & {
  /** The owner that gets its keys; absent: it must have none. */
  moveKeysTo?: string | undefined
}

const NO_SUCH = 'There is no such owner.'

export class Owners {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Owners, newest first. */
  list({ filter, ...page }: ListOwnersArgs = {}, options?: CallOptions): List<Owner> {
    return new List(async (args) => {
      const data = await this.#send((api, signal) => api.ListOwners({ ...args, filter }, signal), options)
      return data.owners
    }, page)
  }

  /** One owner. Rejects with a NotFoundError when there is none. */
  async get(id: string, options?: CallOptions): Promise<Owner> {
    const { owner } = await this.#send((api, signal) => api.GetOwner({ id }, signal), options)
    return found(owner, NO_SUCH)
  }

  /** How many owners there are of each kind; `withBudgets`: and near the end of a budget, which needs `usage:read`. */
  async counts({
    withBudgets = false,
    ...options
  }: CallOptions & { withBudgets?: boolean | undefined } = {}): Promise<OwnerCounts> {
    return (await this.#send((api, signal) => api.CountOwners({ withBudgets }, signal), options)).ownerCounts
  }

  /**
   * What the keys of up to 100 owners did in the last hours, 1 to 168, and used of their budgets, read at once; those that do not exist
   * are absent. Needs `usage:read`.
   */
  async activity(
    ids: readonly string[],
    { hours = 24, ...options }: CallOptions & { hours?: number | undefined } = {},
  ): Promise<readonly OwnerActivity[]> {
    const { nodes } = await this.#send(
      (api, signal) => api.GetOwnerActivity({ ids: [...ids], hours }, signal),
      options,
    )
    return nodes.filter((node): node is OwnerActivity => node !== null && 'budgetUsage' in node)
  }

  /** What is used of the budgets of up to 100 owners, read at once; those that do not exist are absent. Needs `usage:read`. */
  async budgets(ids: readonly string[], options?: CallOptions): Promise<readonly OwnerBudgets[]> {
    const { nodes } = await this.#send(
      (api, signal) => api.GetOwnerBudgets({ ids: [...ids] }, signal),
      options,
    )
    return nodes.filter((node): node is OwnerBudgets => node !== null && 'budgetUsage' in node)
  }

  /**
   * Each rule of an owner, with what all its keys together use of it now and when it resets. Rejects with a NotFoundError when there is
   * no such owner. Needs `usage:read`.
   */
  async ruleUsage(id: string, options?: CallOptions): Promise<readonly RuleVerdict[]> {
    const data = await this.#send((api, signal) => api.GetSharedRuleUsage({ id }, signal), options)
    return found(data.sharedRuleUsage, NO_SUCH)
  }

  /** What was done to an owner itself, newest first; not to its keys. Rejects with a NotFoundError when there is none. */
  auditEvents(id: string, page: PageArgs = {}, options?: CallOptions): List<AuditEvent> {
    return new List(async (args) => {
      const { owner } = await this.#send(
        (api, signal) => api.ListAuditEventsOfOwner({ ...args, id }, signal),
        options,
      )
      return found(owner, NO_SUCH).auditEvents
    }, page)
  }

  /** Creates an owner. Rejects with a UserInputError when a field breaks a rule. */
  async create(input: CreateOwnerInput, options?: CallOptions): Promise<Owner> {
    const { createOwner } = await this.#send((api, signal) => api.CreateOwner({ input }, signal), options)
    throwUserErrors(createOwner)
    return present(createOwner.owner)
  }

  /** Creates the owner with this external id, or changes it to what is described. Doing so twice changes nothing. */
  async ensure(input: EnsureOwnerInput, options?: CallOptions): Promise<EnsuredOwner> {
    const { ensureOwner } = await this.#send((api, signal) => api.EnsureOwner({ input }, signal), options)
    throwUserErrors(ensureOwner)
    return { owner: present(ensureOwner.owner), created: ensureOwner.created }
  }

  /** Changes the fields given and no others; null clears. `labels` and `policy` are the whole of what is to be. */
  async update(id: string, changes: Omit<UpdateOwnerInput, 'id'>, options?: CallOptions): Promise<Owner> {
    const { updateOwner } = await this.#send(
      (api, signal) => api.UpdateOwner({ input: { ...changes, id } }, signal),
      options,
    )
    throwUserErrors(updateOwner)
    return present(updateOwner.owner)
  }

  /** Refuses the calls of all its keys until it is enabled again. */
  async disable(
    id: string,
    { abortInFlightCalls = false, ...options }: DisableOwnerOptions = {},
  ): Promise<Owner & { abortedCalls: number }> {
    const input = { id, abortInFlightCalls }
    const { disableOwner } = await this.#send((api, signal) => api.DisableOwner({ input }, signal), options)
    throwUserErrors(disableOwner)
    return { ...present(disableOwner.owner), abortedCalls: disableOwner.abortedCalls }
  }

  /** Lets calls with its keys in again; a key that is disabled itself stays so. */
  async enable(id: string, options?: CallOptions): Promise<Owner> {
    const { enableOwner } = await this.#send(
      (api, signal) => api.EnableOwner({ input: { id } }, signal),
      options,
    )
    throwUserErrors(enableOwner)
    return present(enableOwner.owner)
  }

  /**
   * Back-tests a shared policy on the calls of all keys of the owner in the last days, together; by default the policy that is there. Rejects with a
   * UserInputError when a field breaks a rule.
   */
  async backTest(
    id: string,
    question: Pick<BackTestSharedPolicyInput, 'policy' | 'days'> = {},
    options?: CallOptions,
  ): Promise<PolicyBackTest> {
    const { backTestSharedPolicy } = await this.#send(
      (api, signal) => api.BackTestSharedPolicy({ input: { ...question, ownerId: id } }, signal),
      options,
    )
    throwUserErrors(backTestSharedPolicy)
    return present(backTestSharedPolicy.backTest)
  }

  /** Deletes an owner, and returns how many keys have gone to another. Rejects with a UserInputError (IN_USE) when it has keys. */
  async delete(
    id: string,
    { moveKeysTo, ...options }: DeleteOwnerOptions = {},
  ): Promise<{ movedKeys: number }> {
    const { deleteOwner } = await this.#send(
      (api, signal) => api.DeleteOwner({ input: { id, moveKeysTo } }, signal),
      options,
    )
    throwUserErrors(deleteOwner)
    return { movedKeys: deleteOwner.movedKeys }
  }
}
