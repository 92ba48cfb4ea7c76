// Label limits: what all keys with a label together may use.
import type {
  BackTestSharedPolicyInput,
  CreateLabelLimitInput,
  LabelInput,
  UpdateLabelLimitInput,
} from '../generated/operations.ts'
import { present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Send } from '../transport/transport.ts'
import type { LabelLimit, PolicyBackTest } from '../types.ts'

export class LabelLimits {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Limits by label, newest first. */
  list(page: PageArgs = {}, options?: CallOptions): List<LabelLimit> {
    return new List(async (args) => {
      const data = await this.#send((api, signal) => api.ListLabelLimits(args, signal), options)
      return data.labelLimits
    }, page)
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
