"""How requirements made by templates are worded. `{n}` is an amount, `{noun}` what it counts, `{}` a text."""

from __future__ import annotations

from collections.abc import Mapping

AMOUNTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "words": ("word", (
        "Write {n} {noun}.", "Use {n} {noun}.", "Keep the whole text to {n} {noun}.", "Length: {n} {noun}.",
        "The text must have {n} {noun}.", "Your response should be {n} {noun} long.", "Stay within {n} {noun}.",
    )),
    "sentences": ("sentence", (
        "Write {n} {noun}.", "Use {n} {noun} in all.", "The text must consist of {n} {noun}.",
        "Your answer has {n} {noun}.",
    )),
    "paragraphs": ("paragraph", (
        "Write {n} {noun}.", "Divide the text into {n} {noun}.", "Structure it in {n} {noun}.",
        "The text should have {n} {noun}, separated by blank lines.",
    )),
    "headings": ("heading", (
        "Use {n} {noun}.", "Divide it under {n} {noun}.", "Structure the text with {n} Markdown {noun}.",
    )),
    "bullets": ("bullet point", ("Include a list of {n} {noun}.", "Use {n} {noun}.", "List {n} {noun}.")),
    "numbered": ("numbered item", (
        "Include a numbered list of {n} {noun}.", "Give {n} {noun}.", "Number the points; there should be {n} of them.",
    )),
    "bold": ("bold phrase", ("Put {n} key terms in bold.", "Use {n} {noun}.", "Highlight {n} words in bold type.")),
    "questions": ("question", (
        "Ask {n} {noun}.", "Include {n} {noun} to the reader.", "Use {n} rhetorical {noun}.",
    )),
    "quotations": ("quotation", (
        "Include {n} direct {noun}.", "Quote {n} people directly, in quotation marks.", "Use {n} {noun}.",
    )),
}  # fmt: skip
"""What is counted, by its name among the facts: the noun, and sentences."""

LONGEST_SENTENCE = (
    "No sentence may have more than {n} words.",
    "Keep every sentence to at most {n} words.",
    "Every sentence must be {n} words or fewer.",
    "Do not let any sentence run past {n} words.",
)

EXACT = ("exactly {}", "{}", "precisely {}")
AT_MOST = ("at most {}", "no more than {}", "up to {}", "a maximum of {}")
BELOW = ("fewer than {}", "under {}")
AT_LEAST = ("at least {}", "no fewer than {}", "a minimum of {}")
ABOVE = ("more than {}",)
BETWEEN = ("between {} and {}", "{} to {}", "{}-{}")
ABOUT = ("about {}", "around {}", "roughly {}")

FORMS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "table": (
        ("Present it as a Markdown table.", "Include a table.", "Put the information in a table.",
         "Use a table with at least two columns."),
        ("Do not use a table.", "Write running prose, with no table."),
    ),
    "bullets": (
        ("Use bullet points.", "Include a bulleted list.", "Give the key points as bullets."),
        ("Do not use bullet points.", "Avoid bulleted lists."),
    ),
    "numbered": (
        ("Use a numbered list.", "Number the items.", "Present the points as numbered steps."),
        ("Do not number anything.", "Avoid numbered lists."),
    ),
    "headings": (
        ("Use headings.", "Give each section a Markdown heading.", "Add headings to the sections."),
        ("Do not use headings.", "No headings, please."),
    ),
    "bold": (
        ("Put the key terms in bold.", "Use bold type for emphasis."),
        ("Do not use any bold text.", "Avoid bold type."),
    ),
    "questions": (
        ("Ask the reader a question.", "Include a rhetorical question.", "Pose at least one question."),
        ("Do not ask any questions.", "Avoid questions."),
    ),
    "quotations": (
        ("Include a direct quotation.", "Quote someone directly.", "Use dialogue in quotation marks."),
        ("Do not quote anyone.", "Avoid quotation marks."),
    ),
    "exclamations": (
        ("Use an exclamation mark.", "Include an exclamation."),
        ("Do not use exclamation marks.", "Avoid exclamation marks."),
    ),
    "first person": (
        ("Write in the first person.", "Speak as 'I'.", "Tell it from a personal, first-person point of view."),
        ("Do not use first-person pronouns.", "Avoid the first person.", "Never say 'I' or 'we'."),
    ),
    "second person": (
        ("Address the reader as 'you'.", "Speak to the reader directly, in the second person.",
         "Use the second person."),
        ("Do not address the reader.", "Avoid second-person pronouns."),
    ),
    "all lowercase": (
        ("Write everything in lower case.", "Use no capital letters.", "all lowercase, please."),
        ("Use normal capitalisation.",),
    ),
    "question at the end": (
        ("End with a question.", "Close with a question to the reader.", "The last sentence must be a question."),
        ("Do not end with a question.",),
    ),
}  # fmt: skip
"""A form by its name among the facts: how it is asked for, how it is forbidden."""

MENTION = (
    "Mention {}.", "Mention {} at least once.", "Include the word '{}'.", "Refer to {}.", 'Use the word "{}".',
    "Bring in {} somewhere.", "The text must name {}.", "Include a reference to {}.", "Talk about {}.",
    "Work {} into the text.", "Say something about {}.",
)  # fmt: skip
MENTION_BOTH = (
    "Mention both {} and {}.", "Include {} and {}.", "Refer to {} as well as {}.", "Name {} and also {}.",
    "Bring together {} and {}.",
)  # fmt: skip
AVOID = (
    "Do not use the word '{}'.", "Avoid the word '{}'.", "Never mention {}.", "Leave out {}.",
    "Do not use the words '{}' or '{}'.", "Avoid the words '{}' and '{}'.",
)  # fmt: skip
BEGIN = ("Begin with '{}'.", 'Start with the words "{}".', "The first words must be '{}'.", "Open with '{}'.")
END = ("End with '{}'.", 'Finish with the words "{}".', "The last words must be '{}'.", "Close with the phrase '{}'.")

CLOSING_QUESTIONS = (
    "What do you think?", "Where do we go from here?", "Will you join us?", "Is that not so?",
    "And who could say otherwise?", "Shall we begin?",
)  # fmt: skip
