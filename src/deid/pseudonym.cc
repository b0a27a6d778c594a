// Keyed hashes, and calendar arithmetic by days from the civil calendar (H. Hinnant, "chrono-compatible low-level date
// algorithms", 2013).
#include "deid/pseudonym.h"

#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/strings.h"

namespace lingshu {
namespace {

constexpr size_t kBlock = 64;
constexpr int64_t kDay = 86400;

std::string RawSha256(std::string_view bytes) {
  const std::string hex = Sha256Hex(bytes);
  std::string raw;
  for (size_t i = 0; i < hex.size(); i += 2) raw += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return raw;
}

// 128 bits, most significant byte first, as a decimal number.
std::string Decimal(std::string_view bytes) {
  std::vector<int> digits = {0};
  for (const char byte : bytes) {
    int carry = static_cast<uint8_t>(byte);
    for (int& digit : digits) {
      carry += digit * 256;
      digit = carry % 10;
      carry /= 10;
    }
    for (; carry > 0; carry /= 10) digits.push_back(carry % 10);
  }
  std::string text;
  for (auto it = digits.rbegin(); it != digits.rend(); ++it) text += static_cast<char>('0' + *it);
  return text;
}

bool AreDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int Number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = 10 * value + (c - '0');
  return value;
}

int64_t DaysFromCivil(int64_t y, int m, int d) {
  y -= m <= 2;
  const int64_t era = (y >= 0 ? y : y - 399) / 400, year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

std::string CivilFromDays(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097, day_of_era = days - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month = (5 * day_of_year + 2) / 153, day = day_of_year - (153 * month + 2) / 5 + 1;
  const int64_t civil_month = month < 10 ? month + 3 : month - 9;
  return fmt::format("{:04}{:02}{:02}", year_of_era + era * 400 + (civil_month <= 2), civil_month, day);
}

std::optional<int64_t> ParseDate(std::string date) {
  if (date.size() == 10 && date[4] == '.' && date[7] == '.') date = ReplaceAll(date, ".", "");
  if (date.size() != 8 || !AreDigits(date)) return std::nullopt;
  const int year = Number(date.substr(0, 4)), month = Number(date.substr(4, 2)), day = Number(date.substr(6, 2));
  // Below 1600 nothing in medicine happened; the shift could also run out of four digits.
  if (year < 1600 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  const int64_t days = DaysFromCivil(year, month, day);
  if (CivilFromDays(days) != date) return std::nullopt;  // 30 February
  return days;
}

struct Clock {
  int64_t seconds = 0;
  size_t digits = 6;     // of HHMMSS that were there
  std::string fraction;  // with its point
};

std::optional<Clock> ParseTime(std::string_view time) {
  Clock clock;
  const size_t point = time.find('.');
  if (point != std::string_view::npos) {
    clock.fraction = time.substr(point);
    if (point != 6 || clock.fraction.size() > 7 || !AreDigits(time.substr(7))) return std::nullopt;
    time = time.substr(0, point);
  }
  if ((time.size() != 2 && time.size() != 4 && time.size() != 6) || !AreDigits(time)) return std::nullopt;
  clock.digits = time.size();
  const int hour = Number(time.substr(0, 2)), minute = time.size() > 2 ? Number(time.substr(2, 2)) : 0,
            second = time.size() > 4 ? Number(time.substr(4, 2)) : 0;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  clock.seconds = 3600 * hour + 60 * minute + second;
  return clock;
}

std::string FormatTime(int64_t seconds, const Clock& clock) {
  const std::string all = fmt::format("{:02}{:02}{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return all.substr(0, clock.digits) + clock.fraction;
}

int64_t FloorDays(int64_t seconds) { return (seconds >= 0 ? seconds : seconds - kDay + 1) / kDay; }

}  // namespace

std::string Pseudonyms::Hash(std::string_view purpose, std::string_view value) const {
  std::string key = key_.size() > kBlock ? RawSha256(key_) : key_;
  key.resize(kBlock, '\0');
  std::string inner = key, outer = key;
  for (char& c : inner) c ^= 0x36;
  for (char& c : outer) c ^= 0x5C;
  return RawSha256(outer + RawSha256(inner + std::string(purpose) + '\0' + std::string(value)));
}

std::string Pseudonyms::Uid(std::string_view uid) const { return "2.25." + Decimal(Hash("uid", uid).substr(0, 16)); }

std::string Pseudonyms::Name(std::string_view purpose, std::string_view value) const {
  std::string name;
  for (const char c : Hash(purpose, value).substr(0, 6)) name += fmt::format("{:02X}", static_cast<uint8_t>(c));
  return name;
}

int64_t Pseudonyms::ShiftSeconds(std::string_view patient) const {
  const std::string hash = Hash("shift", patient);
  uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | static_cast<uint8_t>(hash[i]);
  const auto days = static_cast<int64_t>(365 + number % 3653),
             part = static_cast<int64_t>(number / 3653 % (kDay - 7200));
  return days * kDay + 3600 + part;
}

int64_t Pseudonyms::ShiftWeeksSeconds(std::string_view patient) const {
  return (52 + ShiftSeconds(patient) / kDay % 522) * 7 * kDay;
}

std::string MakeRandomKey() {
  std::random_device device;
  std::string key;
  for (int i = 0; i < 8; ++i) key += fmt::format("{:08x}", device());
  return key;
}

std::optional<DateAndTime> ShiftDateAndTime(const DateAndTime& moment, int64_t seconds) {
  const std::optional<int64_t> days = ParseDate(moment.date);
  const std::optional<Clock> clock = ParseTime(moment.time);
  if (!days || !clock) return std::nullopt;
  const int64_t shifted = *days * kDay + clock->seconds - seconds, day = FloorDays(shifted);
  return DateAndTime{CivilFromDays(day), FormatTime(shifted - day * kDay, *clock)};
}

std::optional<std::string> ShiftDate(const std::string& date, int64_t seconds) {
  const std::optional<int64_t> days = ParseDate(date);
  if (!days) return std::nullopt;
  return CivilFromDays(*days - seconds / kDay);
}

std::optional<std::string> ShiftTime(const std::string& time, int64_t seconds) {
  const std::optional<Clock> clock = ParseTime(time);
  if (!clock) return std::nullopt;
  return FormatTime(((clock->seconds - seconds) % kDay + kDay) % kDay, *clock);
}

std::optional<std::string> ShiftDateTime(const std::string& moment, int64_t seconds) {
  const size_t zone = std::min(moment.find_first_of("+-"), moment.size());
  if (zone < 8) return std::nullopt;
  const std::string suffix = moment.substr(zone);
  if (!suffix.empty() && (suffix.size() != 5 || !AreDigits(suffix.substr(1)))) return std::nullopt;
  if (zone == 8) {
    const auto date = ShiftDate(moment.substr(0, 8), seconds);
    return date ? std::optional(*date + suffix) : std::nullopt;
  }
  const auto shifted = ShiftDateAndTime({moment.substr(0, 8), moment.substr(8, zone - 8)}, seconds);
  if (!shifted) return std::nullopt;
  return shifted->date + shifted->time + suffix;
}

}  // namespace lingshu
