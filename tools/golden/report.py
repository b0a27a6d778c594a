"""Golden values of the report metrics: tests/golden/report/cases.jsonl and stems.jsonl.

Needs nltk 3.9.1, rouge 1.0.1, rouge-score 0.1.2, sacrebleu 2.6.0, pycocoevalcap 1.2 (with Java, for its tokenizer).
Texts are drawn from words and phrases below (fixed seed) and, under "soup", from letters and signs; the latter have no
values of pycocoevalcap, whose tokenizer is reproduced for the words of reports only. WordNet is left out: a stub knows
no synonym.

    python tools/golden/report.py tests/golden/report
"""
import json
import random
import sys
from pathlib import Path

import sacrebleu
from nltk.stem.porter import PorterStemmer
from nltk.translate.bleu_score import SmoothingFunction, corpus_bleu, sentence_bleu
from nltk.translate.meteor_score import single_meteor_score
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge as CocoRouge
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer
from rouge import Rouge
from rouge_score.rouge_scorer import RougeScorer

PHRASES = """The lungs are clear|No pleural effusion or pneumothorax is seen|There is a 2.5 cm nodule in the left upper lobe|
mild cardiomegaly, unchanged|ET tube tip is 4.5 cm above the carina|Heart size is normal|No acute cardiopulmonary process|
Comparison: ___ at 10:30 a.m.|L4-L5 disc herniation w/o stenosis|post-operative changes (stable)|Dr. Smith was notified at 3 p.m.
by phone|cannot exclude pneumonia|the patient's lines aren't changed|a 3 x 4 mm calcified granuloma|T2/FLAIR hyperintensity|
ejection fraction of 55%|IMPRESSION: 1. Stable exam|bibasilar atelectasis vs. consolidation|s/p CABG; sternotomy wires intact|
grade 2-3 anterolisthesis|ER+/PR+ HER2-negative carcinoma|fluid, e.g. blood|approx. 10-15 ml. of effusion|5/10/2020|
right-sided PICC line terminates in the mid SVC|no fx. or dislocation|T12 compression deformity|RR 18, SpO2 98%|
"sharp" margins|well-circumscribed lesion [image 3]|no evidence of acute intracranial hemorrhage|Fig. 2 shows the mass""".replace("\n", "").split("|")
WORDS = """lung lungs clear effusion effusions opacity opacities worsening worsened nodule nodular calcified calcification no the a
of in left right mild moderate severe stable unchanged increased interval is are was with without and or dying lies skies
happily relational conditional vietnamization hopefulness electricity adjustment adoption controlling rolled hopping filing
agreed feed spies enjoy news proceed""".split()
SOUP = "abcdefgh   ..,,--//()[]'\"&%:;!?0123456789\n\tÄéβ肺影。，"


class NoWordNet:
    def synsets(self, word):
        return []


def report(rng):
    parts = []
    for _ in range(rng.randint(1, 5)):
        if rng.random() < 0.7:
            parts.append(rng.choice(PHRASES))
        else:
            parts.append(" ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 8))))
    text = ". ".join(part[0].upper() + part[1:] for part in parts) + rng.choice(["", ".", ".", "..", " ."])
    return text.replace(". ", ".\n") if rng.random() < 0.1 else text


def changed(rng, text):
    words = text.split(" ")
    for _ in range(rng.randint(0, 6)):
        place = rng.randrange(len(words)) if words else 0
        kind = rng.random()
        if kind < 0.4 and words:
            words.pop(place)
        elif kind < 0.8:
            words.insert(place, rng.choice(WORDS))
        elif words:
            words[place] = words[place].upper()
    return " ".join(words)


def soup(rng):
    return "".join(rng.choice(SOUP) for _ in range(rng.randint(0, 60)))


def prep(text):
    return [token for token in text.lower().replace(".", " .").split(" ") if token]


def bleus(reference, candidate):
    return {f"bleu{n}": float(sentence_bleu([reference], candidate, weights=[1 / n] * n)) for n in range(1, 5)}


def google(scorer, reference, candidate):
    return {name: {"p": s.precision, "r": s.recall, "f": s.fmeasure} for name, s in scorer.score(reference, candidate).items()}


def plain(reference, candidate):
    one, other = prep(reference), prep(candidate)
    row = {"medevalkit_report": bleus(one, other), "medevalkit_vqa": bleus(
        reference.lower().replace(".", " .").split(" "), candidate.lower().replace(".", " .").split(" "))}
    try:
        row["medevalkit_report"] |= Rouge().get_scores(candidate.lower(), reference.lower())[0]
    except ValueError as error:
        row["medevalkit_report"]["rouge_error"] = f"ValueError: {error}"
    row["bleu2_nltk_method1"] = float(sentence_bleu([one], other, weights=[0.5, 0.5], smoothing_function=SmoothingFunction().method1))
    row["meteor_nltk_no_wordnet"] = single_meteor_score(one, other, wordnet=NoWordNet())
    row["rouge_score"] = google(PLAIN, reference, candidate)
    row["rouge_score_stem"] = google(STEMMED, reference, candidate)
    row["sacrebleu_sentence"] = sacrebleu.sentence_bleu(candidate, [reference]).score
    return row


KINDS = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
PLAIN, STEMMED = RougeScorer(KINDS, use_stemmer=False), RougeScorer(KINDS, use_stemmer=True)


def add_coco(rows):
    def tokens(key):
        return PTBTokenizer().tokenize({i: [{"caption": row[key]}] for i, row in enumerate(rows)})

    references, candidates = tokens("reference"), tokens("candidate")
    corpus_bleus, sentence_bleus = Bleu(4).compute_score(references, candidates, verbose=0)
    cider_total, ciders = Cider().compute_score(references, candidates)
    rouge_total, rouges = CocoRouge().compute_score(references, candidates)
    for i, row in enumerate(rows):
        row["coco_ptb_tokens"] = {"ref": references[i][0], "hyp": candidates[i][0]}
        row["coco"] = {"bleu": [sentence_bleus[n][i] for n in range(4)], "rouge_l_beta1_2": float(rouges[i]), "cider": float(ciders[i])}
    return {"bleu": corpus_bleus, "cider_d": float(cider_total), "rouge_l": float(rouge_total)}


def main(folder):
    rng = random.Random(20)
    rows = []
    for i in range(200):
        reference = report(rng)
        candidate = changed(rng, reference) if rng.random() < 0.7 else report(rng)
        rows.append({"id": f"report{i:03}", "reference": reference, "candidate": candidate})
    coco = add_coco(rows)
    for i in range(150):
        rows.append({"id": f"soup{i:03}", "reference": soup(rng), "candidate": soup(rng)})
    for row in rows:
        row |= plain(row["reference"], row["candidate"])
    reports = rows[:200]
    references, candidates = [[prep(row["reference"])] for row in reports], [prep(row["candidate"]) for row in reports]
    nltk = [float(corpus_bleu(references, candidates, weights=[1 / n] * n)) for n in range(1, 5)]
    header = {"_header": True, "nltk_corpus_bleu": nltk, "coco": coco, "note": "totals over the rows report*"}
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "cases.jsonl", "w") as out:
        for row in [header] + rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    stemmer = PorterStemmer()
    words = sorted({word.lower() for phrase in PHRASES for word in phrase.split()} | set(WORDS))
    ends = "ies ied eed ed ing sses s y ational tional enci anci izer bli alli entli eli ousli ization ation ator alism iveness fulness ousness aliti iviti biliti fulli logi icate ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent sion tion ion ou ism ate iti ous ive ize e ll".split()
    for _ in range(3000):
        words.append("".join(rng.choice("aeiouybcdlmnprstvwxz肺") for _ in range(rng.randint(0, 6))) + rng.choice(ends))
    with open(folder / "stems.jsonl", "w") as out:
        for word in sorted(set(words)):
            out.write(json.dumps({"word": word, "stem": stemmer.stem(word)}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
