// The attributes that may identify a patient, and what is done with each: Table E.1-1 of DICOM PS3.15, Annex E.
#pragma once

#include <cstdint>
#include <vector>

namespace lingshu {

// The codes of the table: X remove, Z empty, D dummy value, U another UID, and the items of a sequence cleaned.
enum class ProfileAction { kX, kZ, kD, kU, kItems };

// Options under which the table lets an attribute stay (K), stay with its date shifted (C of modified dates), or stay
// with its text or items cleaned (C of the last three).
enum ProfileOption : uint8_t {
  kDates = 1,
  kPatient = 2,
  kDevice = 4,
  kInstitution = 8,
  kUids = 16,
  kDescriptors = 32,
  kStructured = 64,
  kGraphics = 128
};

struct ProfileRow {
  uint32_t tag;
  ProfileAction action;
  int options;  // of ProfileOption
};

// Sorted by tag.
extern const std::vector<ProfileRow> kProfile;

// nullptr for attributes that the table does not name.
const ProfileRow* FindProfileRow(uint32_t tag);

}  // namespace lingshu
