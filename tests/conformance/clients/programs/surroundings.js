// What every program here is started with, and how it says what it saw: a line of JSON for each thing that it did.

export const { BASE_URL: baseURL, API_KEY: apiKey } = process.env
export const prompt = 'Grüß dich 👋'

/** Prints one thing that was done. */
export function print(name, result) {
  console.log(JSON.stringify({ name, result }))
}

/** What was returned, or what can be told of an error. */
export async function outcome(done) {
  try {
    return await done()
  } catch (error) {
    const { status, statusCode, code, type, param } = error
    return {
      error: error.constructor.name,
      status: status ?? statusCode,
      code,
      type,
      param,
      message: error.message,
    }
  }
}
