// Pseudonyms: other names, UIDs and times in place of the true ones, the same for the same input under one key, and
// not to be undone without it (HMAC-SHA-256, RFC 2104).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lingshu {

class Pseudonyms {
 public:
  explicit Pseudonyms(std::string key) : key_(std::move(key)) {}

  // "2.25." and a decimal of 128 bits (PS3.5 B.2).
  std::string Uid(std::string_view uid) const;
  // 12 upper-case hexadecimal digits. `purpose` keeps the names of different things apart.
  std::string Name(std::string_view purpose, std::string_view value) const;
  // Seconds to go back for all times of a patient: one to eleven years and part of a day.
  int64_t ShiftSeconds(std::string_view patient) const;
  // 52 to 573 whole weeks: days of the week and times of day stay.
  int64_t ShiftWeeksSeconds(std::string_view patient) const;

 private:
  std::string Hash(std::string_view purpose, std::string_view value) const;  // 32 bytes

  std::string key_;
};

// 32 random bytes of the operating system as hexadecimal digits.
std::string MakeRandomKey();

// Shifted back by `seconds`; absent for what is no valid date or time. A date and its time go together, so that days
// follow when the time passes midnight; a date alone moves by whole days, a time alone around the clock. Fractions of a
// second stay.
struct DateAndTime {
  std::string date;  // DA: YYYYMMDD, or YYYY.MM.DD of old
  std::string time;  // TM: HH[MM[SS[.FFFFFF]]]
};
std::optional<DateAndTime> ShiftDateAndTime(const DateAndTime& moment, int64_t seconds);
std::optional<std::string> ShiftDate(const std::string& date, int64_t seconds);
std::optional<std::string> ShiftTime(const std::string& time, int64_t seconds);
std::optional<std::string> ShiftDateTime(const std::string& moment, int64_t seconds);  // DT

}  // namespace lingshu
