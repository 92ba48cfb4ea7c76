// Label limits: what all keys with a label together may use.
import type {
  BackTestSharedPolicyInput,
  CreateLabelLimitInput,
  EnsureLabelLimitInput,
  LabelInput,
  UpdateLabelLimitInput,
} from '../generated/operations.ts'
import { found, present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Send } from '../transport/transport.ts'
import type { KeyLabel, LabelLimit, LabelLimitUsage, PolicyBackTest, RuleVerdict } from '../types.ts'

/** `created`: there were none with the name. */
export type EnsuredLabelLimit = { labelLimit: LabelLimit; created: boolean }
export type ListLabelLimitsArgs = PageArgs & { label?: LabelInput | undefined; search?: string | undefined }
export type KeyLabelsArgs = {
  /** 1 to 500; 100 where nothing is said. */
  first?: number
  /** True: labels with limits alone, switched off or not; false: the others alone; absent: all. */
  limited?: boolean
  /** What was spent with each this month, too. Needs `usage:read`. */
  withSpend?: boolean
}

const NO_SUCH = 'There are no such limits.'

export class LabelLimits {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Limits by label, newest first; those of one label alone, or those with `search` in their name or label, where one is given. */
  list({ label, search, ...page }: ListLabelLimitsArgs = {}, options?: CallOptions): List<LabelLimit> {
    return new List(async (args) => {
      const data = await this.#send(
        (api, signal) => api.ListLabelLimits({ ...args, label, search }, signal),
        options,
      )
      return data.labelLimits
    }, page)
  }

  /** The limits with this id. Rejects with a NotFoundError when there are none. */
  async get(id: string, options?: CallOptions): Promise<LabelLimit> {
    const { node } = await this.#send((api, signal) => api.GetLabelLimit({ id }, signal), options)
    return found(isLabelLimit(node) ? node : null, NO_SUCH)
  }

  /**
   * What is spent this month with the labels of up to 100 limits, and used of their budgets, read at once; those that do not exist are
   * absent. Needs `usage:read`.
   */
  async usage(ids: readonly string[], options?: CallOptions): Promise<readonly LabelLimitUsage[]> {
    const { nodes } = await this.#send(
      (api, signal) => api.GetLabelLimitUsage({ ids: [...ids] }, signal),
      options,
    )
    return nodes.filter((node): node is LabelLimitUsage => node !== null && 'budgetUsage' in node)
  }

  /**
   * Each of the rules, with what all keys with the label together use of it now and when it resets; empty while the limits are switched
   * off. Rejects with a NotFoundError when there are none, or only some owners may be seen. Needs `usage:read`.
   */
  async ruleUsage(id: string, options?: CallOptions): Promise<readonly RuleVerdict[]> {
    const data = await this.#send((api, signal) => api.GetSharedRuleUsage({ id }, signal), options)
    return found(data.sharedRuleUsage, NO_SUCH)
  }

  /** Labels that keys have, with limits or without, those of most keys first. Needs `keys:read`. */
  async labelsOfKeys(
    { first = 100, withSpend = false, ...args }: KeyLabelsArgs = {},
    options?: CallOptions,
  ): Promise<readonly KeyLabel[]> {
    const { keyLabels } = await this.#send(
      (api, signal) => api.ListKeyLabels({ first, withSpend, ...args }, signal),
      options,
    )
    return keyLabels
  }

  /** Creates limits. Rejects with a UserInputError when a field breaks a rule. */
  async create(input: CreateLabelLimitInput, options?: CallOptions): Promise<LabelLimit> {
    const { createLabelLimit } = await this.#send(
      (api, signal) => api.CreateLabelLimit({ input }, signal),
      options,
    )
    throwUserErrors(createLabelLimit)
    return present(createLabelLimit.labelLimit)
  }

  /** Creates the limits with this name, or changes them to what is described. Doing so twice changes nothing. */
  async ensure(input: EnsureLabelLimitInput, options?: CallOptions): Promise<EnsuredLabelLimit> {
    const { ensureLabelLimit } = await this.#send(
      (api, signal) => api.EnsureLabelLimit({ input }, signal),
      options,
    )
    throwUserErrors(ensureLabelLimit)
    return { labelLimit: present(ensureLabelLimit.labelLimit), created: ensureLabelLimit.created }
  }

  /** Changes the fields given and no others; `policy` is the whole of what is to be. */
  async update(
    id: string,
    changes: Omit<UpdateLabelLimitInput, 'id'>,
    options?: CallOptions,
  ): Promise<LabelLimit> {
    const { updateLabelLimit } = await this.#send(
      (api, signal) => api.UpdateLabelLimit({ input: { ...changes, id } }, signal),
      options,
    )
    throwUserErrors(updateLabelLimit)
    return present(updateLabelLimit.labelLimit)
  }

  /**
   * Back-tests a shared policy on the calls of all keys with the label of the limits in the last days, together; by default the policy that is there. Rejects with a
   * UserInputError when a field breaks a rule.
   */
  async backTest(
    id: string,
    question: Pick<BackTestSharedPolicyInput, 'policy' | 'days'> = {},
    options?: CallOptions,
  ): Promise<PolicyBackTest> {
    const { backTestSharedPolicy } = await this.#send(
      (api, signal) => api.BackTestSharedPolicy({ input: { ...question, labelLimitId: id } }, signal),
      options,
    )
    throwUserErrors(backTestSharedPolicy)
    return present(backTestSharedPolicy.backTest)
  }

  /** The same of a label that may have no limits yet. */
  async backTestLabel(
    label: LabelInput,
    question: Pick<BackTestSharedPolicyInput, 'policy' | 'days'>,
    options?: CallOptions,
  ): Promise<PolicyBackTest> {
    const { backTestSharedPolicy } = await this.#send(
      (api, signal) => api.BackTestSharedPolicy({ input: { ...question, label } }, signal),
      options,
    )
    throwUserErrors(backTestSharedPolicy)
    return present(backTestSharedPolicy.backTest)
  }

  /** Deletes limits; the keys and their labels stay. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    const { deleteLabelLimit } = await this.#send(
      (api, signal) => api.DeleteLabelLimit({ input: { id } }, signal),
      options,
    )
    throwUserErrors(deleteLabelLimit)
  }
}

/** A node of another type comes without its fields. */
function isLabelLimit(node: object | null): node is LabelLimit {
  return node !== null && 'policy' in node
}
