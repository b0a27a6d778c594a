#!/usr/bin/env bash
# Archives as peers on loopback: Debian's Orthanc with its DICOMweb plug-in, and DCMTK's tools. What is not installed is
# skipped and counted. Answers that go back are held against dciodvfy.
set -u
. tests/lib/checks.sh

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
pids=()
stop_all() { for pid in "${pids[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done; rm -rf "$scratch"; }
trap stop_all EXIT

# Two CT slices and an MR of one patient, whose identity must not come out anywhere.
mkdir -p "$scratch/in"
python3 - "$scratch/in" <<'P'
import struct, sys
def element(tag, vr, value):
    value = value.encode("ascii") if isinstance(value, str) else value
    if len(value) % 2: value += b"\0" if vr == b"UI" else b" "
    long = vr in (b"OW", b"SQ", b"OB")
    return struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr) + (struct.pack("<HI", 0, len(value)) if long else struct.pack("<H", len(value))) + value
def us(tag, n): return element(tag, b"US", struct.pack("<H", n))
for n, (modality, sop, study) in enumerate([("CT", "2", "1.2.826.9"), ("CT", "2", "1.2.826.9"), ("MR", "4", "1.2.826.9")]):
    uid = f"1.2.826.9.{n + 1}"
    body = element(0x00080016, b"UI", "1.2.840.10008.5.1.4.1.1." + sop) + element(0x00080018, b"UI", uid)
    body += element(0x00080020, b"DA", "20200301") + element(0x00080030, b"TM", "101500") + element(0x00080050, b"SH", "ACC77")
    body += element(0x00080060, b"CS", modality) + element(0x00080070, b"LO", "Maker") + element(0x00080090, b"PN", "Who^Refers")
    body += element(0x00100010, b"PN", "CANARY^Jane") + element(0x00100020, b"LO", "CANARYID") + element(0x00100030, b"DA", "19700101")
    body += element(0x00100040, b"CS", "F") + element(0x0020000D, b"UI", study) + element(0x0020000E, b"UI", study + "." + sop + ".0")
    body += element(0x00200010, b"SH", "S1") + element(0x00200011, b"IS", "1") + element(0x00200013, b"IS", str(n + 1)) + us(0x00280002, 1)
    body += element(0x00280004, b"CS", "MONOCHROME2") + us(0x00280010, 4) + us(0x00280011, 4) + us(0x00280100, 16) + us(0x00280101, 16) + us(0x00280102, 15) + us(0x00280103, 0)
    body += element(0x7FE00010, b"OW", struct.pack("<16H", *[n * 16 + i for i in range(16)]))
    meta = element(0x00020001, b"OB", b"\0\1") + element(0x00020002, b"UI", "1.2.840.10008.5.1.4.1.1." + sop) + element(0x00020003, b"UI", uid)
    meta += element(0x00020010, b"UI", "1.2.840.10008.1.2.1") + element(0x00020012, b"UI", "1.2.3.4")
    open(f"{sys.argv[1]}/{n}.dcm", "wb").write(b"\0" * 128 + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta)) + meta + body)
P
files=("$scratch"/in/0.dcm "$scratch"/in/1.dcm "$scratch"/in/2.dcm)
has_no_canary() { ! grep -rqaiE 'canary|Who\^Refers|ACC77|1\.2\.826\.9' "$@" && ! find "$@" | grep -qiE 'canary|1\.2\.826\.9'; }
field() { python3 -c 'import json,sys; v = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
kept_all() {  # kept_all FOLDER COUNT: so many files, without an identity, that our own reader takes
  [ "$(find "$1" -type f | wc -l)" -eq "$2" ] || { find "$1" -type f; return 1; }
  has_no_canary "$1" && "$lingshu" inspect "$(find "$1" -type f | head -n 1)" --json | grep -q pixel_sha256
}

# --- an answer that goes back ---
printf 'key of these tests, long enough\n' >"$scratch/key"
check AnswerIsWritten "$lingshu" answer "${files[0]}" "${files[1]}" --question 'Is there a mass?' --text 'No mass is seen. Größe unverändert.' \
  --model-name nano --model-version 1 --sr "$scratch/sr.dcm" --fhir "$scratch/report.json"
fhir_is_whole() { field 'v["resourceType"] == "DiagnosticReport" and v["status"] == "preliminary" and v["meta"]["security"][0]["code"] == "AIAST" and v["conclusion"].startswith("No mass")' <"$scratch/report.json" | grep -qx True && ! grep -qiE 'canary|Who|1970|20200301' "$scratch/report.json"; }
check FhirIsWholeAndNamesNobody fhir_is_whole
check AnswerWithoutAPlaceToGoIsRefused expect_error 2 'say where to' "$lingshu" answer "${files[0]}" --text x --model-name y
if command -v dciodvfy >/dev/null; then
  valid_sr() { dciodvfy "$scratch/sr.dcm" >"$scratch/dciodvfy" 2>&1; cat "$scratch/dciodvfy"; ! grep -q '^Error' "$scratch/dciodvfy" && grep -q BasicTextSR "$scratch/dciodvfy"; }
  check StructuredReportPassesDciodvfy valid_sr
else skip StructuredReportPassesDciodvfy 'no dciodvfy'; fi

# --- DCMTK's tools ---
port=$(free_port)
if command -v storescu >/dev/null; then
  "$lingshu" archive receive --port "$port" --out "$scratch/received" --key "$scratch/key" --count 3 --seconds 60 --timeout 3 --json >"$scratch/receive.json" 2>"$scratch/receive.err" &
  pids+=($!)
  receiver=$!
  echo_until_up() { for _ in $(seq 60); do "$lingshu" archive echo "dicom://LINGSHU@127.0.0.1:$port" --timeout 5 && return 0; sleep 0.5; done; return 1; }
  check OurReceiverAnswersOurEcho echo_until_up
  check AnotherCalledTitleIsRefused expect_error 1 'failed' "$lingshu" archive echo "dicom://NOBODY@127.0.0.1:$port"
  junk() { python3 -c "
import socket
for data in (b'', b'GET / HTTP/1.0\r\n\r\n', b'\x01\x00\xff\xff\xff\xff' + b'A' * 1000, b'\x04\x00\x00\x00\x00\x06' + b'B' * 6):
    s = socket.create_connection(('127.0.0.1', $port), 5); s.sendall(data); s.close()"; }
  check JunkDoesNotEndTheReceiver junk
  check StorescuSendsToUs storescu -aec LINGSHU 127.0.0.1 "$port" "${files[@]}"
  check ReceiverStopsByItself wait "$receiver"
  pids=()
  check ReceivedObjectsHaveNoIdentity kept_all "$scratch/received" 3
  check ReceiverLogsNoIdentity has_no_canary "$scratch/receive.json" "$scratch/receive.err"
  listens_locally() { "$lingshu" archive receive --port "$(free_port)" --out "$scratch/none" --seconds 3 & local p=$!; sleep 1.5; ss -ltnp 2>/dev/null | grep "pid=$p," | grep -qv '127.0.0.1:' && { kill $p; return 1; }; wait $p; }
  check ReceiverListensOnLoopbackAlone listens_locally
  # TLS to storescp
  tls=$(free_port)
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$scratch/key.pem" -out "$scratch/cert.pem" -days 2 -subj /CN=localhost >/dev/null 2>&1
  mkdir -p "$scratch/storescp"
  storescp --fork +tls "$scratch/key.pem" "$scratch/cert.pem" -ic -od "$scratch/storescp" "$tls" >"$scratch/storescp.log" 2>&1 &
  pids+=($!)
  tls_echo() { for _ in $(seq 20); do "$lingshu" archive echo "dicoms://STORESCP@127.0.0.1:$tls" --ca-file "$scratch/cert.pem" --timeout 5 && return 0; sleep 0.5; done; cat "$scratch/storescp.log"; return 1; }
  check EchoOverTls tls_echo
  check SendOverTls "$lingshu" archive send "dicoms://STORESCP@127.0.0.1:$tls" --ca-file "$scratch/cert.pem" "$scratch/sr.dcm"
  check CertificatesAreChecked expect_error 1 'association' "$lingshu" archive echo "dicoms://STORESCP@127.0.0.1:$tls" --timeout 5
else
  for name in OurReceiverAnswersOurEcho AnotherCalledTitleIsRefused JunkDoesNotEndTheReceiver StorescuSendsToUs ReceiverStopsByItself \
    ReceivedObjectsHaveNoIdentity ReceiverLogsNoIdentity ReceiverListensOnLoopbackAlone EchoOverTls SendOverTls CertificatesAreChecked; do
    skip "$name" 'no DCMTK tools'
  done
fi

# --- Orthanc ---
plugin=/usr/share/orthanc/plugins/libOrthancDicomWeb.so
if command -v Orthanc >/dev/null && [ -e $plugin ]; then
  http=$(free_port) dicom=$(free_port) mover=$(free_port)
  cat >"$scratch/orthanc.json" <<J
{"Name": "test", "StorageDirectory": "$scratch/db", "IndexDirectory": "$scratch/db", "HttpPort": $http, "DicomPort": $dicom,
 "DicomAet": "ORTHANC", "RemoteAccessAllowed": false, "AuthenticationEnabled": false, "DicomAlwaysAllowStore": true,
 "DicomAlwaysAllowEcho": true, "DicomAlwaysAllowFind": true, "DicomAlwaysAllowGet": true, "HttpServerEnabled": true,
 "DicomModalities": {"us": {"AET": "LINGSHU", "Host": "127.0.0.1", "Port": $mover, "AllowGet": true, "AllowFind": true, "AllowStore": true, "AllowMove": true}},
 "Plugins": ["$plugin"], "DicomWeb": {"Enable": true, "Root": "/dicom-web/"}}
J
  Orthanc "$scratch/orthanc.json" >"$scratch/orthanc.log" 2>&1 &
  pids+=($!)
  dimse=dicom://ORTHANC@127.0.0.1:$dicom web=http://127.0.0.1:$http/dicom-web
  up() { for _ in $(seq 60); do "$lingshu" archive echo "$1" --timeout 5 && return 0; sleep 0.5; done; tail -n 5 "$scratch/orthanc.log"; return 1; }
  check EchoToOrthanc up "$dimse"
  check DicomWebEcho up "$web"
  check SendByStore "$lingshu" archive send "$dimse" "${files[@]}"
  find_it() { "$lingshu" archive find "$1" "${@:2}" --json | tee "$scratch/found.json"; }
  found_by() { find_it "$1" --where PatientID=CANARYID | field 'len(v) == 1 and v[0]["StudyInstanceUID"] == "1.2.826.9" and "PatientName" not in v[0]' | grep -qx True; }
  check FindByPatient found_by "$dimse"
  check QidoByPatient found_by "$web"
  identities() { find_it "$1" --where StudyInstanceUID=1.2.826.9 --identities | field 'v[0]["PatientID"]' | grep -qx CANARYID; }
  check IdentitiesOnlyWhenAskedFor identities "$dimse"
  check QidoIdentitiesWhenAskedFor identities "$web"
  series() { find_it "$1" --level series --where StudyInstanceUID=1.2.826.9 | field 'sorted(s["Modality"] for s in v) == ["CT", "MR"]' | grep -qx True; }
  check FindSeries series "$dimse"
  check QidoSeries series "$web"
  get() { "$lingshu" archive get "$1" --study 1.2.826.9 --out "$2" --key "$scratch/key" --json >"$scratch/get.json" && kept_all "$2" 3 && has_no_canary "$scratch/get.json"; }
  check GetStudy get "$dimse" "$scratch/got"
  check WadoStudy get "$web" "$scratch/wado"
  contents() { find "$1" -type f -exec sha256sum {} + | cut -c1-64 | sort; }  # names also say which bytes came in, and how
  check BothWaysGiveTheSameCopies test "$(contents "$scratch/got")" = "$(contents "$scratch/wado")"
  one_series() { "$lingshu" archive get "$1" --study 1.2.826.9 --series 1.2.826.9.4.0 --out "$2" --key "$scratch/key" && kept_all "$2" 1; }
  check GetSeries one_series "$dimse" "$scratch/series"
  check WadoSeries one_series "$web" "$scratch/wado-series"
  # C-MOVE: the archive sends to our receiver, whose address it knows.
  move() {
    "$lingshu" archive receive --port "$mover" --out "$scratch/moved" --key "$scratch/key" --count 3 --seconds 60 --json >"$scratch/moved.json" &
    local receiver=$! i
    for i in $(seq 60); do "$lingshu" archive echo "dicom://LINGSHU@127.0.0.1:$mover" --timeout 5 && break; sleep 0.5; done
    "$lingshu" archive move "$dimse" --study 1.2.826.9 --to LINGSHU --json >"$scratch/move.json" || { kill $receiver; cat "$scratch/move.json"; return 1; }
    wait $receiver && kept_all "$scratch/moved" 3 && has_no_canary "$scratch/move.json" "$scratch/moved.json" && field 'v["failed"]' <"$scratch/move.json" | grep -qx 0
  }
  check MoveStudyToOurReceiver move
  check MovedCopiesAreThoseOfGet test "$(contents "$scratch/got")" = "$(contents "$scratch/moved")"
  check MoveToAnUnknownTitleIsSaid expect_error 1 'C-MOVE ended with status' "$lingshu" archive move "$dimse" --study 1.2.826.9 --to NOBODY
  check DicomWebHasNoMove expect_error 2 'archive get' "$lingshu" archive move "$web" --study 1.2.826.9 --to LINGSHU
  check NothingFoundIsAnEmptyList test "$(find_it "$web" --where PatientID=NOBODY)" = '[]'
  check AbsentStudyIsAnError expect_error 1 'C-GET ended with status' "$lingshu" archive get "$dimse" --study 9.9.9 --out "$scratch/absent"
  check StowTheReport "$lingshu" archive send "$web" "$scratch/sr.dcm"
  check StoreTheReport "$lingshu" archive send "$dimse" "$scratch/sr.dcm"
  check StowRefusesWhatIsNoDicom expect_error 1 'peer' "$lingshu" archive send "$web" "$scratch/key"
  report_is_filed() { find_it "$dimse" --level series --where StudyInstanceUID=1.2.826.9 | field '"SR" in [s["Modality"] for s in v]' | grep -qx True; }
  check TheReportIsFiledWithItsStudy report_is_filed
  check AnswerGoesStraightToThePeer "$lingshu" answer "${files[2]}" --text 'A second answer.' --model-name nano --send "$dimse"
else
  for name in EchoToOrthanc DicomWebEcho SendByStore FindByPatient QidoByPatient GetStudy WadoStudy StowTheReport TheReportIsFiledWithItsStudy; do
    skip "$name" 'no Orthanc'
  done
fi
check AbsentPeerIsSaid expect_error 1 'failed' "$lingshu" archive echo "dicom://X@127.0.0.1:1" --timeout 3
check AbsentServiceIsSaid expect_error 1 'DICOMweb peer' "$lingshu" archive echo "http://127.0.0.1:1/dicom-web" --timeout 3
check UnknownAddressIsSaid expect_error 2 'Known:' "$lingshu" archive echo "ftp://127.0.0.1"
finish
