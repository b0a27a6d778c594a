"""Makes tests/golden/tables/: small Parquet files in the column layouts of published sets, written by pyarrow, and zip files.

    python tools/golden/tables.py tests/golden/tables

Every question, option and picture is made up here. types.parquet has one column of each kind of cell, with its rows as JSON
beside; the other files are named after the sets whose layout they have. Row groups are small, so that there are several.
"""
import io
import json
import os
import sys
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

OUT = sys.argv[1]
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def picture(shade, size=(20, 10)):
    out = io.BytesIO()
    image = Image.new("RGB", size, (shade, 2 * shade % 256, 255 - shade))
    image.putpixel((3, 2), (255, 255, 255))
    image.save(out, "PNG")
    return {"bytes": out.getvalue(), "path": f"{shade}.png"}


def write(name, columns, rows, **options):
    path = os.path.join(OUT, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    table = pa.Table.from_pylist(rows, schema=pa.schema(columns))
    pq.write_table(table, path, **{"row_group_size": 2, "compression": "snappy", **options})


def types():
    columns = [("bool", pa.bool_()), ("int8", pa.int8()), ("int64", pa.int64()), ("uint32", pa.uint32()), ("float", pa.float32()),
               ("double", pa.float64()), ("text", pa.string()), ("large", pa.large_string()), ("list", pa.list_(pa.string())),
               ("nested", pa.struct([("a", pa.int32()), ("b", pa.list_(pa.struct([("c", pa.string())])))])),
               ("word", pa.dictionary(pa.int32(), pa.string())), ("map", pa.map_(pa.string(), pa.int32()))]
    rows = [{"bool": i % 2 == 0, "int8": -i, "int64": 2**53 - i, "uint32": i, "float": i / 4, "double": 1 / (i + 1), "text": f"täxt {i}",
             "large": "l" * i, "list": [str(k) for k in range(i)], "nested": {"a": i, "b": [{"c": "x"}] * i}, "word": "ab"[i % 2], "map": [("k", i)]}
            for i in range(5)]
    rows.append({name: None for name, _ in columns})
    for compression in ("zstd", "gzip", "lz4", "brotli", "none"):
        write(f"types-{compression}.parquet", columns, rows, compression=compression)
    for row in rows:
        if row["map"] is not None:
            row["map"] = [{"key": k, "value": v} for k, v in row["map"]]
    with open(os.path.join(OUT, "types.jsonl"), "w") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


os.makedirs(OUT, exist_ok=True)
types()
text, texts = pa.string(), pa.list_(pa.string())
answers = ["yes", "No", "left lung", "two", "yes"]
questions = ["Is there a mass?", "Does the lung look normal?", "Which lung is smaller?", "How many nodules are there?", "Where is it?"]
vqa = [{"image": picture(10 * (i // 2)), "question": questions[i], "answer": answers[i]} for i in range(5)]
write("vqa_rad/data/test-00000-of-00002.parquet", [("image", IMAGE), ("question", text), ("answer", text)], vqa[:3])
write("vqa_rad/data/test-00001-of-00002.parquet", [("image", IMAGE), ("question", text), ("answer", text)], vqa[3:])
write("path_vqa/data/test-00000-of-00001.parquet", [("image", IMAGE), ("question", text), ("answer", text)], vqa)
write("med_mcqa/data/validation-00000-of-00001.parquet",
      [("id", text), ("question", text), ("opa", text), ("opb", text), ("opc", text), ("opd", text), ("cop", pa.int64()), ("choice_type", text), ("exp", text),
       ("subject_name", text), ("topic_name", text)],
      [{"id": f"m{i}", "question": f"Which nerve, {i}?", "opa": "radial", "opb": "median", "opc": "axillary", "opd": "ulnar", "cop": i, "choice_type": "single",
        "exp": None, "subject_name": "Anatomy", "topic_name": None} for i in range(4)])
write("pubmed_qa/data/test-00000-of-00001.parquet",
      [("id", text), ("data", pa.struct([("Question", text), ("Context", texts), ("Options", pa.struct([("A", text), ("B", text), ("C", text)])),
                                         ("Correct Option", text)]))],
      [{"id": "p0", "data": {"Question": "Does it help?", "Context": ["BACKGROUND: a.", "RESULTS: b."], "Options": {"A": "yes", "B": "no", "C": "maybe"},
                             "Correct Option": "C"}}])
for subject in ("anatomy clinical_knowledge college_biology college_medicine high_school_biology medical_genetics nutrition professional_medicine virology").split():
    write(f"mmlu/{subject}/test-00000-of-00001.parquet", [("question", text), ("subject", text), ("choices", texts), ("answer", pa.int64())],
          [{"question": f"{subject}?", "subject": subject, "choices": ["a", "b", "c", "d"], "answer": 3}])
images = {f"image_{i}": IMAGE for i in range(1, 8)}
for n, subject in enumerate("Basic_Medical_Science Clinical_Medicine Diagnostics_and_Laboratory_Medicine Pharmacy Public_Health".split()):
    for split in ("validation", "test"):
        rows = [{"id": f"{split}_{subject}_1", "question": "What does <image 1> show beside <image 2>?", "options": "['a nerve', \"Paget's disease\"]",
                 "answer": "B" if split == "validation" else "?", "question_type": "multiple-choice", "subfield": "s", "topic_difficulty": "Easy",
                 "img_type": "['MRI']", "image_1": picture(n), "image_2": picture(n + 9)}]
        if n == 0:
            rows.append({**rows[0], "id": f"{split}_{subject}_2", "options": "[]", "answer": "12" if split == "validation" else "?", "question_type": "open",
                         "image_2": None})
        write(f"mmmu/{subject}/{split}-00000-of-00001.parquet",
              [("id", text), ("question", text), ("options", text), ("answer", text), ("question_type", text), ("subfield", text), ("topic_difficulty", text),
               ("img_type", text), *images.items()], rows)
write("med_frame_qa/data/test-00000-of-00001.parquet",
      [("question_id", text), ("question", text), ("options", texts), ("correct_answer", text), ("system", text), ("organ", text), ("modality", text),
       *[(f"image_{i}", IMAGE) for i in range(1, 6)]],
      [{"question_id": "f0", "question": "Which frame moves?", "options": ["a", "b", "c"], "correct_answer": "B", "system": "cardiac", "organ": "heart",
        "modality": "Ultrasound", "image_1": picture(1), "image_2": picture(2), "image_3": picture(3)}])
write("med_bullets_op4/data/train-00000-of-00001.parquet",
      [("question", text), ("options", pa.struct([("A", text), ("B", text), ("C", text), ("D", text), ("E", text)])), ("answer_idx", text)],
      [{"question": "Which drug?", "options": {"A": "w", "B": "x", "C": "y", "D": "z", "E": None}, "answer_idx": "D"}])
# Broken on purpose: cut in the middle, a footer that lies about its length, and an empty file.
whole = open(os.path.join(OUT, "types-none.parquet"), "rb").read()
for name, data in (("cut", whole[: len(whole) // 2]), ("footer", whole[:-8] + b"\xff\xff\xff\x7fPAR1"), ("empty", b""),
                   ("flipped", whole[:200] + bytes(255 - b for b in whole[200:600]) + whole[600:])):
    with open(os.path.join(OUT, f"broken-{name}.parquet"), "wb") as out:
        out.write(data)
# Zip files: stored and deflated members, sizes in ZIP64 fields, and a member that is cut.
with zipfile.ZipFile(os.path.join(OUT, "pictures.zip"), "w") as archive:
    archive.writestr("figures/stored.png", picture(1)["bytes"])
    archive.writestr("figures/deflated.png", picture(2)["bytes"] + b"\0" * 1000, zipfile.ZIP_DEFLATED)
    with archive.open("figures/large.png", "w", force_zip64=True) as member:
        member.write(picture(3)["bytes"])
    archive.writestr("a/twice.png", b"1")
    archive.writestr("b/twice.png", b"2")
data = open(os.path.join(OUT, "pictures.zip"), "rb").read()
with open(os.path.join(OUT, "broken.zip"), "wb") as out:
    out.write(data.replace(picture(1)["bytes"][40:60], b"x" * 20, 1))
