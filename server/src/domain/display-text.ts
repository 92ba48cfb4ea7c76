// Which characters a name or a description may have: those that can be seen. One that cannot, or that changes the direction of what
// stands around it, makes two names look alike, or a list show another name than it holds (Unicode UTS #39 §5, Trojan Source).
//
// The rule is the FreeformClass of PRECIS (RFC 8264 §4.3) without bidi controls, and with emoji. So there are no control characters, no
// default-ignorable code points, no bidi controls, no line separators, and none that are private or of no meaning at all. Of
// those, these are needed, and taken where they are:
//   - emoji sequences (UTS #51): joiners, variation selectors and tags within them
//   - ZERO WIDTH NON-JOINER and JOINER behind a virama, and the former between two letters that would join (RFC 5892 Appendix A)

/**
 * What is wrong with a text, as the end of a sentence; null: nothing. `lines`: it may have line breaks and tabs. Takes time in
 * proportion to the length, which must be bounded before.
 */
export function displayTextFault(text: string, { lines }: { lines: boolean }): string | null {
  // Nearly every text takes this exit.
  if (PLAIN.test(text)) return null
  if (!text.isWellFormed()) return 'must be well-formed text.'
  if ((lines ? CONTROLS : CONTROLS_AND_LINES).test(text))
    return `must be plain text without ${lines ? '' : 'line breaks or other '}control characters.`
  const found = UNSEEN.exec(text.replace(NEEDED, ''))?.[0]
  if (found === undefined) return null
  return `must have no character that cannot be seen or that changes the direction of text: it has ${codePoint(found)}.`
}

const PLAIN = /^[\x20-\x7e]*$/
const CONTROLS_AND_LINES = /\p{Cc}/u
const CONTROLS = /[^\P{Cc}\n\r\t]/u

// U+2800 is a symbol by its category, and blank.
const UNSEEN =
  /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Noncharacter_Code_Point}\p{Co}\p{Zl}\p{Zp}\u2800\ufff9-\ufffb]/u

// UTS #51, ED-9a and ED-16: what is drawn as one picture. Flags of regions are in RGI_Emoji.
const PICTURE = String.raw`\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|[\ufe0e\ufe0f])?`
const EMOJI = String.raw`\p{RGI_Emoji}|${PICTURE}(?:\u200d${PICTURE})*`

// RFC 5892 A.1 and A.2: characters of Canonical_Combining_Class Virama, in the scripts that are written today.
const VIRAMA = String.raw`[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba\u0f84\u1039\u103a\u1714\u1734\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\ua806\ua8c4\ua953\ua9c0\uaaf6\uabed]`

// RFC 5892 A.1: a letter that joins the next one, and one that joins the one before. Arabic letters of Joining_Type R and U end a
// joined form by themselves (ArabicShaping.txt).
const LETTER = String.raw`[[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Adlam}]&&\p{L}]`
const JOINS_NO_NEXT = String.raw`[\u0621-\u0625\u0627\u0629\u062f-\u0632\u0648\u0671-\u0677\u0688-\u0699\u06c0\u06c3-\u06cb\u06cd\u06cf\u06d2\u06d3\u06d5\u06ee\u06ef\u0710\u0715-\u0719\u071e\u0728\u072a\u072c]`
const BETWEEN_LETTERS = String.raw`(?<=[${LETTER}--${JOINS_NO_NEXT}]\p{Mn}*)\u200c(?=\p{Mn}*[${LETTER}--[\u0621\u0674]])`

const NEEDED = new RegExp(String.raw`${EMOJI}|(?<=${VIRAMA})[\u200c\u200d]|${BETWEEN_LETTERS}`, 'gv')

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
