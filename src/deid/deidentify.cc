// The rules, applied to every element of every item.
#include "deid/deidentify.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/strings.h"
#include "deid/clean_text.h"
#include "deid/dictionary.h"
#include "deid/icc_profile.h"
#include "deid/profile.h"
#include "deid/safe_private.h"

namespace lingshu {
namespace {

constexpr uint32_t kPatientName = 0x00100010, kPatientId = 0x00100020, kStudyInstanceUid = 0x0020000D;
constexpr uint32_t kCodeMeaning = 0x00080104, kIccProfile = 0x00282000;
constexpr uint32_t kTextObjects = 0x00700008;  // of a graphic annotation
constexpr char kDummy[] = "ANONYMIZED";

struct DatePair {
  uint32_t date, time;
};
constexpr DatePair kDatePairs[] = {
    {0x00080012, 0x00080013}, {0x00080020, 0x00080030}, {0x00080021, 0x00080031}, {0x00080022, 0x00080032},
    {0x00080023, 0x00080033}, {0x00080024, 0x00080034}, {0x00080025, 0x00080035}, {0x00181012, 0x00181014},
    {0x00320032, 0x00320033}, {0x00320034, 0x00320035}, {0x00321000, 0x00321001}, {0x00321010, 0x00321011},
    {0x00321040, 0x00321041}, {0x00321050, 0x00321051}, {0x0038001A, 0x0038001B}, {0x00380020, 0x00380021},
    {0x00380030, 0x00380032}, {0x00400002, 0x00400003}, {0x00400004, 0x00400005}, {0x00400244, 0x00400245},
    {0x00400250, 0x00400251}, {0x00402004, 0x00402005}, {0x0040A121, 0x0040A122}, {0x00700082, 0x00700083},
    {0x30060008, 0x30060009}, {0x300A0006, 0x300A0007}, {0x30080024, 0x30080025}, {0x30080250, 0x30080251},
    {0x300E0004, 0x300E0005}};

// Coding schemes of standards bodies (PS3.16, chapter 8). Codes of other schemes are a hospital's or a vendor's own words.
constexpr std::string_view kSchemes[] = {"ACR", "DCM", "FMA", "I10", "I10P", "I9", "I9C", "ICDO3", "IBSI", "ISO639_1", "ISO639_2",
                                         "ISO3166_1", "LN", "MDC", "MGI", "NCIt", "NDC", "NYUMCCG", "RADLEX", "RXNORM",
                                         "SCPECG", "SCT", "SNM3", "SRT", "UBERON", "UCUM", "UMLS", "UNS"};

bool IsStandardScheme(std::string_view designator) {
  return std::find(std::begin(kSchemes), std::end(kSchemes), designator) != std::end(kSchemes);
}

bool IsOneOf(std::string_view vr, std::string_view list) { return list.find(vr) != std::string_view::npos; }
bool IsDateVr(std::string_view vr) { return vr == "DA" || vr == "TM" || vr == "DT"; }
bool IsFreeText(std::string_view vr) { return IsOneOf(vr, "PN LT ST UT UC UR AE"); }

std::string Trimmed(const std::string& value) {
  size_t end = value.size();
  while (end > 0 && (value[end - 1] == ' ' || value[end - 1] == '\0')) --end;
  return value.substr(0, end);
}

bool HoldsOnly(std::string_view value, std::string_view characters) {
  return value.find_first_not_of(characters) == std::string_view::npos;
}

// Whether the characters are those of the VR (PS3.5 6.2): what is not may be anything.
bool IsWellFormed(const DataElement& element) {
  constexpr std::string_view kDigits = "0123456789";
  const std::string value = Trimmed(element.value);
  if (element.vr == "CS") {
    for (const std::string& part : SplitString(value, '\\'))
      if (part.size() > 16 || !HoldsOnly(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ ")) return false;
    return true;
  }
  if (element.vr == "DS") return HoldsOnly(value, "0123456789+-.eE \\");
  if (element.vr == "IS") return HoldsOnly(value, "0123456789+- \\");
  if (element.vr == "UI") return HoldsOnly(value, "0123456789.\\");
  if (element.vr == "AS") return value.empty() || (value.size() == 4 && HoldsOnly(value.substr(0, 3), kDigits));
  if (IsDateVr(element.vr)) return HoldsOnly(value, "0123456789.+- \\");
  const int width = IsOneOf(element.vr, "US SS AT")   ? 2
                    : IsOneOf(element.vr, "UL SL FL") ? 4
                    : IsOneOf(element.vr, "FD SV UV") ? 8
                                                      : 1;
  return element.value.size() % width == 0;
}

// The file's VR against the standard's; both of the pairs that the dictionary cannot tell apart are right.
bool IsExpectedVr(std::string_view vr, std::string_view known) {
  if (vr == known) return true;
  if (known == "US") return vr == "SS" || vr == "OW";
  if (known == "OW") return vr == "OB" || vr == "US" || vr == "SS";
  return false;
}

class Deidentifier {
 public:
  Deidentifier(const DeidOptions& options, const Pseudonyms& pseudonyms, const std::string& patient)
      : options_(options),
        pseudonyms_(pseudonyms),
        shift_s_(options.keeps_weekdays ? pseudonyms.ShiftWeeksSeconds(patient) : pseudonyms.ShiftSeconds(patient)),
        pseudonym_("LS-" + pseudonyms.Name("patient", patient)) {}

  // Inside a sequence that the table wants a dummy for (`is_strict`) no free text stays.
  void Clean(DataSet& data_set, bool is_root, bool is_strict) {
    const std::vector<uint32_t> outer = std::move(shifted_);
    const std::map<uint32_t, std::string> outer_creators = std::move(creators_);
    const bool outer_standard = std::exchange(is_standard_code_, IsStandardScheme(data_set.Text(0x00080102)));
    FindCreators(data_set);
    ShiftPairs(data_set);
    std::vector<DataElement> kept;
    for (DataElement& element : data_set.elements)
      if (CleanElement(element, is_root, is_strict)) kept.push_back(std::move(element));
    data_set.elements = std::move(kept);
    shifted_ = outer;
    creators_ = outer_creators;
    is_standard_code_ = outer_standard;
  }

  DeidCounts TakeCounts() { return std::move(counts_); }
  const std::string& pseudonym() const { return pseudonym_; }

 private:
  bool Remove(const char* why) {
    ++counts_[why];
    return false;
  }

  // False when the element is to go.
  bool CleanElement(DataElement& element, bool is_root, bool is_strict) {
    const uint32_t group = element.tag >> 16;
    if (group % 2 != 0) return KeepPrivate(element) || Remove("private_removed");
    if ((group >= 0x5000 && group < 0x5100) || (group >= 0x6000 && group < 0x6100)) return Remove("overlays_removed");
    if ((element.tag & 0xFFFF) == 0) return Remove("group_lengths_removed");
    if (group < 0x0008 || group >= 0xFFFC) return Remove("removed");
    if (element.tag == 0x7FE00010 && !is_root) return Remove("removed");
    const std::string_view known = DictionaryVr(element.tag);
    if (known.empty()) return Remove("unknown_removed");
    const ProfileRow* row = FindProfileRow(element.tag);
    if (!element.is_encapsulated && !IsExpectedVr(element.vr, known)) return Remove("malformed_removed");
    if (element.tag == kPatientName || (element.tag == kPatientId && is_root)) {
      element.value = pseudonym_;
      ++counts_["pseudonyms"];
      return true;
    }
    if (element.tag == kIccProfile) {
      element.value = CleanIccProfile(element.value);
      return !element.value.empty() || Remove("removed");
    }
    if (element.tag == kTextObjects) return Remove("removed");
    if (row != nullptr && IsCleaned(*row)) return CleanMeaning(element) || Apply(row->action, element, false);
    if (row != nullptr && !IsRetained(*row)) return Apply(row->action, element, (row->options & kDates) != 0);
    return Keep(element, is_strict, row != nullptr);
  }

  bool IsRetained(const ProfileRow& row) const {
    return ((row.options & kUids) != 0 && options_.keeps_uids) ||
           ((row.options & kPatient) != 0 && options_.keeps_patient_characteristics) ||
           ((row.options & kDevice) != 0 && options_.keeps_device) ||
           ((row.options & kInstitution) != 0 && options_.keeps_institution) ||
           ((row.options & kDates) != 0 && options_.dates == DeidDates::kKeep);
  }

  bool IsCleaned(const ProfileRow& row) const {
    return ((row.options & kDescriptors) != 0 && options_.cleans_descriptors) ||
           ((row.options & kStructured) != 0 && options_.cleans_structured) ||
           ((row.options & kGraphics) != 0 && options_.cleans_graphics);
  }

  // Text keeps its known words, sequences their items. False when nothing is left.
  bool CleanMeaning(DataElement& element) {
    if (element.vr == "SQ") {
      const bool outer = std::exchange(cleans_text_, true);
      for (DataSet& item : element.items) Clean(item, /*is_root=*/false, /*is_strict=*/true);
      cleans_text_ = outer;
      return !element.items.empty();
    }
    if (!IsOneOf(element.vr, "LO SH ST LT UT UC")) return false;
    element.value = KeepKnownWords(element.value);
    if (element.value.empty()) return false;
    ++counts_["texts_cleaned"];
    return true;
  }

  // Private creators of the data set at hand, by group and block.
  void FindCreators(const DataSet& data_set) {
    creators_.clear();
    if (!options_.keeps_safe_private) return;
    for (const DataElement& element : data_set.elements)
      if ((element.tag >> 16) % 2 != 0 && (element.tag & 0xFFFF) >= 0x10 && (element.tag & 0xFFFF) <= 0xFF)
        creators_[element.tag] = Trimmed(element.value);
  }

  // Safe private attributes that are numbers or codes, and the creators of blocks that have some.
  bool KeepPrivate(const DataElement& element) const {
    const auto is_safe = [&](const std::string& creator, uint32_t tag) { return IsSafePrivate(creator, tag); };
    if (const auto own = creators_.find(element.tag); own != creators_.end()) {
      const uint32_t block = element.tag & 0xFF, group = element.tag & 0xFFFF0000;
      for (uint32_t i = 0; i < 256; ++i)
        if (is_safe(own->second, group | block << 8 | i)) return element.vr == "LO" || element.vr == "UN";
      return false;
    }
    const auto creator = creators_.find((element.tag & 0xFFFF0000) | (element.tag >> 8 & 0xFF));
    return creator != creators_.end() && is_safe(creator->second, element.tag) &&
           IsOneOf(element.vr, "CS DS IS FL FD US SS UL SL") && IsWellFormed(element);
  }

  bool Apply(ProfileAction action, DataElement& element, bool is_date_row) {
    if (is_date_row && options_.dates == DeidDates::kShift && IsDateVr(element.vr) && Shift(element)) return true;
    switch (action) {
      case ProfileAction::kX:
        return Remove("removed");
      case ProfileAction::kU:
        if (element.vr == "UI") return ReplaceUids(element);
        [[fallthrough]];
      case ProfileAction::kZ:
        element.value.clear();
        element.items.clear();
        ++counts_["emptied"];
        return true;
      case ProfileAction::kD:
        return Dummy(element);
      case ProfileAction::kItems:
        for (DataSet& item : element.items) Clean(item, /*is_root=*/false, /*is_strict=*/false);
        return true;
    }
    return Remove("removed");
  }

  // Codes of standards stay; of other schemes nothing does but that there was one. Meanings keep known words.
  bool KeepCode(DataElement& element) {
    if (element.tag == kCodeMeaning) {
      element.value = KeepKnownWords(element.value);
      return !element.value.empty() || Dummy(element);
    }
    return is_standard_code_ || Dummy(element);
  }

  // An attribute that the table lets stay, or does not name.
  bool Keep(DataElement& element, bool is_strict, bool is_named) {
    if (element.vr == "SQ") {
      for (DataSet& item : element.items) Clean(item, /*is_root=*/false, is_strict);
      return true;
    }
    if (!IsWellFormed(element)) return Remove("malformed_removed");
    if (element.vr == "UI") return options_.keeps_uids || ReplaceUids(element);
    if ((element.tag >= 0x00080100 && element.tag <= kCodeMeaning) || element.tag == 0x00080119 ||
        element.tag == 0x00080120)
      return KeepCode(element);
    if (is_named) {
      if (element.vr == "AS") LimitAge(element);
      return true;
    }
    if (IsDateVr(element.vr) && options_.dates != DeidDates::kKeep) {
      if (options_.dates == DeidDates::kShift && Shift(element)) return true;
      return Remove("removed");
    }
    if (cleans_text_ && IsOneOf(element.vr, "LO SH ST LT UT UC"))
      return CleanMeaning(element) || Dummy(element);
    if (is_strict && IsOneOf(element.vr, "LO SH OB OW UN")) return Dummy(element);
    if (IsFreeText(element.vr)) return Remove("free_text_removed");
    return true;
  }

  // Ages of 90 and more are rare enough to tell who it is (45 CFR 164.514(b)(2)(i)(C)).
  static void LimitAge(DataElement& element) {
    const std::string age = Trimmed(element.value);
    if (age.size() == 4 && age[3] == 'Y' && age > "089Y") element.value = "090Y";
  }

  bool Dummy(DataElement& element) {
    ++counts_["dummied"];
    if (element.vr == "SQ") {
      for (DataSet& item : element.items) Clean(item, /*is_root=*/false, /*is_strict=*/true);
      return true;
    }
    if (element.vr == "UI") return ReplaceUids(element);
    if (element.vr == "DA") element.value = "19000101";
    else if (element.vr == "TM") element.value = "000000";
    else if (element.vr == "DT") element.value = "19000101000000";
    else if (element.vr == "AS") element.value = "000Y";
    else if (element.vr == "DS" || element.vr == "IS") element.value = "0";
    else if (element.vr == "UR") element.value = "urn:anonymized";
    else if (IsOneOf(element.vr, "OB OW UN US SS AT")) element.value = std::string(2, '\0');
    else if (IsOneOf(element.vr, "UL SL FL OF OL")) element.value = std::string(4, '\0');
    else if (IsOneOf(element.vr, "FD OD SV UV OV")) element.value = std::string(8, '\0');
    else element.value = kDummy;
    return true;
  }

  bool ReplaceUids(DataElement& element) {
    std::vector<std::string> uids = SplitString(Trimmed(element.value), '\\');
    for (std::string& uid : uids) {
      uid = Trimmed(uid);
      const bool is_standard = uid.starts_with("1.2.840.10008.") && uid.size() < 40 && HoldsOnly(uid, "0123456789.");
      if (uid.empty() || is_standard) continue;
      uid = pseudonyms_.Uid(uid);
      ++counts_["uids_replaced"];
    }
    element.value = JoinStrings(uids, "\\");
    return true;
  }

  // Dates with their times, before either is looked at alone.
  void ShiftPairs(DataSet& data_set) {
    shifted_.clear();
    if (options_.dates != DeidDates::kShift) return;
    for (const DatePair& pair : kDatePairs) {
      DataElement *date = data_set.Find(pair.date), *time = data_set.Find(pair.time);
      if (date == nullptr || time == nullptr || date->vr != "DA" || time->vr != "TM") continue;
      const auto moved = ShiftDateAndTime({Trimmed(date->value), Trimmed(time->value)}, shift_s_);
      if (!moved) continue;
      date->value = moved->date;
      time->value = moved->time;
      shifted_.push_back(pair.date);
      shifted_.push_back(pair.time);
    }
  }

  bool Shift(DataElement& element) {
    const bool is_done = std::find(shifted_.begin(), shifted_.end(), element.tag) != shifted_.end();
    std::vector<std::string> moments = SplitString(Trimmed(element.value), '\\');
    for (std::string& moment : moments) {
      if (is_done || Trimmed(moment).empty()) continue;
      const std::string text = Trimmed(moment);
      const auto moved = element.vr == "DA"   ? ShiftDate(text, shift_s_)
                         : element.vr == "TM" ? ShiftTime(text, shift_s_)
                                              : ShiftDateTime(text, shift_s_);
      if (!moved) return false;
      moment = *moved;
    }
    element.value = JoinStrings(moments, "\\");
    ++counts_["dates_shifted"];
    return true;
  }

  const DeidOptions& options_;
  const Pseudonyms& pseudonyms_;
  const int64_t shift_s_;
  const std::string pseudonym_;
  std::vector<uint32_t> shifted_;             // of the data set at hand
  std::map<uint32_t, std::string> creators_;  // likewise
  bool is_standard_code_ = false;             // likewise
  bool cleans_text_ = false;                  // inside a sequence whose text is cleaned and not removed
  DeidCounts counts_;
};

struct MethodCode {
  const char *code, *meaning;
};

// PS3.16, CID 7050.
std::vector<MethodCode> MethodCodes(const DeidOptions& options) {
  std::vector<MethodCode> codes = {{"113100", "Basic Application Confidentiality Profile"}};
  if (options.dates == DeidDates::kKeep)
    codes.push_back({"113106", "Retain Longitudinal Temporal Information Full Dates Option"});
  if (options.dates == DeidDates::kShift)
    codes.push_back({"113107", "Retain Longitudinal Temporal Information Modified Dates Option"});
  if (options.cleans_graphics) codes.push_back({"113103", "Clean Graphics Option"});
  if (options.cleans_structured) codes.push_back({"113104", "Clean Structured Content Option"});
  if (options.cleans_descriptors) codes.push_back({"113105", "Clean Descriptors Option"});
  if (options.keeps_safe_private) codes.push_back({"113111", "Retain Safe Private Option"});
  if (options.keeps_patient_characteristics) codes.push_back({"113108", "Retain Patient Characteristics Option"});
  if (options.keeps_device) codes.push_back({"113109", "Retain Device Identity Option"});
  if (options.keeps_uids) codes.push_back({"113110", "Retain UIDs Option"});
  if (options.keeps_institution) codes.push_back({"113112", "Retain Institution Identity Option"});
  return codes;
}

void Mark(DataSet& data_set, const DeidOptions& options) {
  data_set.Set(0x00120062, "CS", "YES");
  data_set.Set(0x00120063, "LO", "Lingshu: DICOM PS3.15 Annex E Basic Profile");
  DataElement& codes = data_set.Place(0x00120064, "SQ");
  for (const MethodCode& code : MethodCodes(options)) {
    DataSet& item = codes.items.emplace_back();
    item.Set(0x00080100, "SH", code.code);
    item.Set(0x00080102, "SH", "DCM");
    item.Set(kCodeMeaning, "LO", code.meaning);
  }
  constexpr std::array<const char*, 3> kModified = {"REMOVED", "MODIFIED", "UNMODIFIED"};
  data_set.Set(0x00280303, "CS", kModified[static_cast<size_t>(options.dates)]);
}

}  // namespace

bool MayShowAFace(const DataSet& data_set) {
  const std::string modality = data_set.Text(0x00080060);
  if (modality != "CT" && modality != "MR" && modality != "PT" && modality != "NM") return false;
  std::string words;
  for (const uint32_t tag : {0x00180015u, 0x0008103Eu, 0x00081030u, 0x00181030u})
    for (const char c : data_set.Text(tag)) words += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  for (const char* word : {"HEAD", "BRAIN", "SKULL", "FACE", "FACIAL", "ORBIT", "SINUS", "NEURO", "CEREB", "SCHADEL", "TETE"})
    if (words.find(word) != std::string::npos) return true;
  return false;
}

std::string PatientKey(const DataSet& data_set) {
  for (const uint32_t tag : {kPatientId, kPatientName, kStudyInstanceUid})
    if (const std::string value = data_set.Text(tag); !value.empty()) return value;
  return "";
}

DeidCounts Deidentify(DataSet& data_set, const DeidOptions& options, const Pseudonyms& pseudonyms) {
  Deidentifier deidentifier(options, pseudonyms, PatientKey(data_set));
  deidentifier.Clean(data_set, /*is_root=*/true, /*is_strict=*/false);
  data_set.Set(kPatientName, "PN", deidentifier.pseudonym());
  data_set.Set(kPatientId, "LO", deidentifier.pseudonym());
  Mark(data_set, options);
  return deidentifier.TakeCounts();
}

}  // namespace lingshu
