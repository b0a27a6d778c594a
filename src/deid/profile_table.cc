// Table E.1-1 of PS3.15 (2024e), generated from the standard's own table; one line an attribute, in order of tags.
// X/Z is Z, and X/D, Z/D and X/Z/D are D: which of the two an object needs depends on its type, and the value that is
// there is never wrong. X/Z/U* keeps the items of the sequence and cleans them. Repeating groups and private attributes
// are in the rules, not here.
#include "deid/profile.h"

namespace lingshu {

using enum ProfileAction;

// clang-format off
const std::vector<ProfileRow> kProfile = {
    {0x00001000, kX, kUids},                    // X      Affected SOP Instance UID
    {0x00001001, kU, kUids},                    // U      Requested SOP Instance UID
    {0x00020003, kU, kUids},                    // U      Media Storage SOP Instance UID
    {0x00041511, kU, kUids},                    // U      Referenced SOP Instance UID in File
    {0x00080012, kD, kDates},                   // X/D    Instance Creation Date
    {0x00080013, kD, kDates},                   // X/Z/D  Instance Creation Time
    {0x00080014, kU, kUids},                    // U      Instance Creator UID
    {0x00080015, kX, kDates},                   // X      Instance Coercion DateTime
    {0x00080017, kU, kUids},                    // U      Acquisition UID
    {0x00080018, kU, kUids},                    // U      SOP Instance UID
    {0x00080019, kU, kUids},                    // U      Pyramid UID
    {0x00080020, kZ, kDates},                   // Z      Study Date
    {0x00080021, kD, kDates},                   // X/D    Series Date
    {0x00080022, kZ, kDates},                   // X/Z    Acquisition Date
    {0x00080023, kD, kDates},                   // Z/D    Content Date
    {0x00080024, kX, kDates},                   // X      Overlay Date
    {0x00080025, kX, kDates},                   // X      Curve Date
    {0x0008002A, kD, kDates},                   // X/Z/D  Acquisition DateTime
    {0x00080030, kZ, kDates},                   // Z      Study Time
    {0x00080031, kD, kDates},                   // X/D    Series Time
    {0x00080032, kZ, kDates},                   // X/Z    Acquisition Time
    {0x00080033, kD, kDates},                   // Z/D    Content Time
    {0x00080034, kX, kDates},                   // X      Overlay Time
    {0x00080035, kX, kDates},                   // X      Curve Time
    {0x00080050, kZ, 0},                        // Z      Accession Number
    {0x00080054, kX, 0},                        // X      Retrieve AE Title
    {0x00080055, kX, 0},                        // X      Station AE Title
    {0x00080058, kU, kUids},                    // U      Failed SOP Instance UID List
    {0x00080080, kD, kInstitution},             // X/Z/D  Institution Name
    {0x00080081, kX, kInstitution},             // X      Institution Address
    {0x00080082, kD, kInstitution},             // X/Z/D  Institution Code Sequence
    {0x00080090, kZ, 0},                        // Z      Referring Physician's Name
    {0x00080092, kX, 0},                        // X      Referring Physician's Address
    {0x00080094, kX, 0},                        // X      Referring Physician's Telephone Numbers
    {0x00080096, kX, 0},                        // X      Referring Physician Identification Sequence
    {0x0008009C, kZ, 0},                        // Z      Consulting Physician's Name
    {0x0008009D, kX, 0},                        // X      Consulting Physician Identification Sequence
    {0x00080106, kD, kDates},                   // D      Context Group Version
    {0x00080107, kD, kDates},                   // D      Context Group Local Version
    {0x00080201, kX, kDates},                   // X      Timezone Offset From UTC
    {0x00081000, kX, 0},                        // X      Network ID
    {0x00081010, kD, kDevice},                  // X/Z/D  Station Name
    {0x00081030, kX, kDescriptors},             // X      Study Description
    {0x0008103E, kX, kDescriptors},             // X      Series Description
    {0x00081040, kX, kInstitution},             // X      Institutional Department Name
    {0x00081041, kX, kInstitution},             // X      Institutional Department Type Code Sequence
    {0x00081048, kX, 0},                        // X      Physician(s) of Record
    {0x00081049, kX, 0},                        // X      Physician(s) of Record Identification Sequence
    {0x00081050, kX, 0},                        // X      Performing Physician's Name
    {0x00081052, kX, 0},                        // X      Performing Physician Identification Sequence
    {0x00081060, kX, 0},                        // X      Name of Physician(s) Reading Study
    {0x00081062, kX, 0},                        // X      Physician(s) Reading Study Identification Sequence
    {0x00081070, kD, 0},                        // X/Z/D  Operators' Name
    {0x00081072, kD, 0},                        // X/D    Operator Identification Sequence
    {0x00081080, kX, kDescriptors},             // X      Admitting Diagnoses Description
    {0x00081084, kX, kDescriptors},             // X      Admitting Diagnoses Code Sequence
    {0x00081088, kX, kDescriptors},             // X      Pyramid Description
    {0x00081110, kZ, kUids},                    // X/Z    Referenced Study Sequence
    {0x00081111, kD, kUids},                    // X/Z/D  Referenced Performed Procedure Step Sequence
    {0x00081120, kX, kUids},                    // X      Referenced Patient Sequence
    {0x00081140, kItems, kUids},                // X/Z/U* Referenced Image Sequence
    {0x00081155, kU, kUids},                    // U      Referenced SOP Instance UID
    {0x00081195, kU, kUids},                    // U      Transaction UID
    {0x00082111, kX, kDescriptors},             // X      Derivation Description
    {0x00082112, kItems, kUids},                // X/Z/U* Source Image Sequence
    {0x00083010, kU, kUids},                    // U      Irradiation Event UID
    {0x00084000, kX, kDescriptors},             // X      Identifying Comments
    {0x00100010, kZ, 0},                        // Z      Patient's Name
    {0x00100020, kD, 0},                        // Z/D    Patient ID
    {0x00100021, kX, 0},                        // X      Issuer of Patient ID
    {0x00100030, kZ, 0},                        // Z      Patient's Birth Date
    {0x00100032, kX, 0},                        // X      Patient's Birth Time
    {0x00100040, kZ, kPatient},                 // Z      Patient's Sex
    {0x00100050, kX, 0},                        // X      Patient's Insurance Plan Code Sequence
    {0x00100101, kX, 0},                        // X      Patient's Primary Language Code Sequence
    {0x00100102, kX, 0},                        // X      Patient's Primary Language Modifier Code Sequence
    {0x00101000, kX, 0},                        // X      Other Patient IDs
    {0x00101001, kX, 0},                        // X      Other Patient Names
    {0x00101002, kX, 0},                        // X      Other Patient IDs Sequence
    {0x00101005, kX, 0},                        // X      Patient's Birth Name
    {0x00101010, kX, kPatient},                 // X      Patient's Age
    {0x00101020, kX, kPatient},                 // X      Patient's Size
    {0x00101030, kX, kPatient},                 // X      Patient's Weight
    {0x00101040, kX, 0},                        // X      Patient's Address
    {0x00101050, kX, 0},                        // X      Insurance Plan Identification
    {0x00101060, kX, 0},                        // X      Patient's Mother's Birth Name
    {0x00101080, kX, 0},                        // X      Military Rank
    {0x00101081, kX, 0},                        // X      Branch of Service
    {0x00101090, kX, 0},                        // X      Medical Record Locator
    {0x00101100, kX, 0},                        // X      Referenced Patient Photo Sequence
    {0x00102000, kX, kDescriptors},             // X      Medical Alerts
    {0x00102110, kX, kDescriptors},             // X      Allergies
    {0x00102150, kX, 0},                        // X      Country of Residence
    {0x00102152, kX, 0},                        // X      Region of Residence
    {0x00102154, kX, 0},                        // X      Patient's Telephone Numbers
    {0x00102155, kX, 0},                        // X      Patient's Telecom Information
    {0x00102160, kX, kPatient},                 // X      Ethnic Group
    {0x00102180, kX, kDescriptors},             // X      Occupation
    {0x001021A0, kX, kPatient},                 // X      Smoking Status
    {0x001021B0, kX, kDescriptors},             // X      Additional Patient History
    {0x001021C0, kX, kPatient},                 // X      Pregnancy Status
    {0x001021D0, kX, kDates},                   // X      Last Menstrual Date
    {0x001021F0, kX, 0},                        // X      Patient's Religious Preference
    {0x00102203, kZ, kPatient},                 // X/Z    Patient's Sex Neutered
    {0x00102297, kX, 0},                        // X      Responsible Person
    {0x00102299, kX, 0},                        // X      Responsible Organization
    {0x00104000, kX, kDescriptors},             // X      Patient Comments
    {0x00120010, kD, 0},                        // D      Clinical Trial Sponsor Name
    {0x00120020, kD, 0},                        // D      Clinical Trial Protocol ID
    {0x00120021, kZ, 0},                        // Z      Clinical Trial Protocol Name
    {0x00120022, kX, 0},                        // X      Issuer of Clinical Trial Protocol ID
    {0x00120023, kX, 0},                        // X      Other Clinical Trial Protocol IDs Sequence
    {0x00120030, kZ, kInstitution},             // Z      Clinical Trial Site ID
    {0x00120031, kZ, kInstitution},             // Z      Clinical Trial Site Name
    {0x00120032, kX, 0},                        // X      Issuer of Clinical Trial Site ID
    {0x00120040, kD, 0},                        // D      Clinical Trial Subject ID
    {0x00120041, kX, 0},                        // X      Issuer of Clinical Trial Subject ID
    {0x00120042, kD, 0},                        // D      Clinical Trial Subject Reading ID
    {0x00120043, kX, 0},                        // X      Issuer of Clinical Trial Subject Reading ID
    {0x00120050, kZ, 0},                        // Z      Clinical Trial Time Point ID
    {0x00120051, kX, kDescriptors},             // X      Clinical Trial Time Point Description
    {0x00120055, kX, 0},                        // X      Issuer of Clinical Trial Time Point ID
    {0x00120060, kZ, kInstitution},             // Z      Clinical Trial Coordinating Center Name
    {0x00120071, kX, 0},                        // X      Clinical Trial Series ID
    {0x00120072, kX, kDescriptors},             // X      Clinical Trial Series Description
    {0x00120073, kX, 0},                        // X      Issuer of Clinical Trial Series ID
    {0x00120081, kD, kInstitution},             // D      Clinical Trial Protocol Ethics Committee Name
    {0x00120082, kX, 0},                        // X      Clinical Trial Protocol Ethics Committee Approval Number
    {0x00120086, kX, kDates},                   // X      Ethics Committee Approval Effectiveness Start Date
    {0x00120087, kX, kDates},                   // X      Ethics Committee Approval Effectiveness End Date
    {0x0014407C, kX, kDates | kDevice},         // X      Calibration Time
    {0x0014407E, kX, kDates | kDevice},         // X      Calibration Date
    {0x0016002B, kX, kDescriptors},             // X      Maker Note
    {0x0016004B, kX, kDescriptors},             // X      Device Setting Description
    {0x0016004D, kX, 0},                        // X      Camera Owner Name
    {0x0016004E, kX, kDevice},                  // X      Lens Specification
    {0x0016004F, kX, kDevice},                  // X      Lens Make
    {0x00160050, kX, kDevice},                  // X      Lens Model
    {0x00160051, kX, kDevice},                  // X      Lens Serial Number
    {0x00160070, kX, 0},                        // X      GPS Version ID
    {0x00160071, kX, 0},                        // X      GPS Latitude Ref
    {0x00160072, kX, 0},                        // X      GPS Latitude
    {0x00160073, kX, 0},                        // X      GPS Longitude Ref
    {0x00160074, kX, 0},                        // X      GPS Longitude
    {0x00160075, kX, 0},                        // X      GPS Altitude Ref
    {0x00160076, kX, 0},                        // X      GPS Altitude
    {0x00160077, kX, 0},                        // X      GPS Time Stamp
    {0x00160078, kX, 0},                        // X      GPS Satellites
    {0x00160079, kX, 0},                        // X      GPS Status
    {0x0016007A, kX, 0},                        // X      GPS Measure Mode
    {0x0016007B, kX, 0},                        // X      GPS DOP
    {0x0016007C, kX, 0},                        // X      GPS Speed Ref
    {0x0016007D, kX, 0},                        // X      GPS Speed
    {0x0016007E, kX, 0},                        // X      GPS Track Ref
    {0x0016007F, kX, 0},                        // X      GPS Track
    {0x00160080, kX, 0},                        // X      GPS Img Direction Ref
    {0x00160081, kX, 0},                        // X      GPS Img Direction
    {0x00160082, kX, 0},                        // X      GPS Map Datum
    {0x00160083, kX, 0},                        // X      GPS Dest Latitude Ref
    {0x00160084, kX, 0},                        // X      GPS Dest Latitude
    {0x00160085, kX, 0},                        // X      GPS Dest Longitude Ref
    {0x00160086, kX, 0},                        // X      GPS Dest Longitude
    {0x00160087, kX, 0},                        // X      GPS Dest Bearing Ref
    {0x00160088, kX, 0},                        // X      GPS Dest Bearing
    {0x00160089, kX, 0},                        // X      GPS Dest Distance Ref
    {0x0016008A, kX, 0},                        // X      GPS Dest Distance
    {0x0016008B, kX, 0},                        // X      GPS Processing Method
    {0x0016008C, kX, 0},                        // X      GPS Area Information
    {0x0016008D, kX, kDates},                   // X      GPS Date Stamp
    {0x0016008E, kX, 0},                        // X      GPS Differential
    {0x00180010, kD, kDescriptors},             // Z/D    Contrast/Bolus Agent
    {0x00180027, kX, kDates},                   // X      Intervention Drug Stop Time
    {0x00180035, kX, kDates},                   // X      Intervention Drug Start Time
    {0x00181000, kD, kDevice},                  // X/Z/D  Device Serial Number
    {0x00181002, kU, kDevice | kUids},          // U      Device UID
    {0x00181004, kX, kDevice},                  // X      Plate ID
    {0x00181005, kX, kDevice},                  // X      Generator ID
    {0x00181007, kX, kDevice},                  // X      Cassette ID
    {0x00181008, kX, kDevice},                  // X      Gantry ID
    {0x00181009, kX, kDevice},                  // X      Unique Device Identifier
    {0x0018100A, kX, kDevice},                  // X      UDI Sequence
    {0x0018100B, kU, kDevice | kUids},          // U      Manufacturer's Device Class UID
    {0x00181012, kX, kDates},                   // X      Date of Secondary Capture
    {0x00181014, kX, kDates},                   // X      Time of Secondary Capture
    {0x00181030, kD, kDescriptors},             // X/D    Protocol Name
    {0x00181042, kX, kDates},                   // X      Contrast/Bolus Start Time
    {0x00181043, kX, kDates},                   // X      Contrast/Bolus Stop Time
    {0x00181072, kX, kDates},                   // X      Radiopharmaceutical Start Time
    {0x00181073, kX, kDates},                   // X      Radiopharmaceutical Stop Time
    {0x00181078, kX, kDates},                   // X      Radiopharmaceutical Start DateTime
    {0x00181079, kX, kDates},                   // X      Radiopharmaceutical Stop DateTime
    {0x001811BB, kD, kDescriptors},             // D      Acquisition Field Of View Label
    {0x00181200, kX, kDates | kDevice},         // X      Date of Last Calibration
    {0x00181201, kX, kDates | kDevice},         // X      Time of Last Calibration
    {0x00181202, kX, kDates | kDevice},         // X      DateTime of Last Calibration
    {0x00181203, kZ, kDates | kDevice},         // Z      Calibration DateTime
    {0x00181204, kX, kDates | kDevice},         // X      Date of Manufacture
    {0x00181205, kX, kDates | kDevice},         // X      Date of Installation
    {0x00181400, kD, kDescriptors},             // X/D    Acquisition Device Processing Description
    {0x00182042, kU, kUids},                    // U      Target UID
    {0x00184000, kX, kDescriptors},             // X      Acquisition Comments
    {0x00185011, kX, kDevice},                  // X      Transducer Identification Sequence
    {0x0018700A, kD, kDevice},                  // X/D    Detector ID
    {0x0018700C, kD, kDates | kDevice},         // X/D    Date of Last Detector Calibration
    {0x0018700E, kD, kDates | kDevice},         // X/D    Time of Last Detector Calibration
    {0x00189074, kD, kDates},                   // D      Frame Acquisition DateTime
    {0x00189151, kD, kDates},                   // D      Frame Reference DateTime
    {0x00189185, kX, kDescriptors},             // X      Respiratory Motion Compensation Technique Description
    {0x00189367, kD, kDevice},                  // D      X-Ray Source ID
    {0x00189369, kD, kDates},                   // D      Source Start DateTime
    {0x0018936A, kD, kDates},                   // D      Source End DateTime
    {0x00189371, kD, kDevice},                  // D      X-Ray Detector ID
    {0x00189373, kX, kDevice},                  // X      X-Ray Detector Label
    {0x0018937B, kX, kDescriptors},             // X      Multi-energy Acquisition Description
    {0x0018937F, kX, kDescriptors},             // X      Decomposition Description
    {0x00189424, kX, kDescriptors},             // X      Acquisition Protocol Description
    {0x00189516, kD, kDates},                   // X/D    Start Acquisition DateTime
    {0x00189517, kD, kDates},                   // X/D    End Acquisition DateTime
    {0x00189623, kD, kDates},                   // D      Functional Sync Pulse
    {0x00189701, kD, kDates},                   // D      Decay Correction DateTime
    {0x00189804, kD, kDates},                   // D      Exclusion Start DateTime
    {0x00189919, kD, kDates},                   // Z/D    Instruction Performed DateTime
    {0x00189937, kX, kDescriptors},             // X      Requested Series Description
    {0x0018A002, kX, kDates},                   // X      Contribution DateTime
    {0x0018A003, kX, kDescriptors},             // X      Contribution Description
    {0x0020000D, kU, kUids},                    // U      Study Instance UID
    {0x0020000E, kU, kUids},                    // U      Series Instance UID
    {0x00200010, kZ, 0},                        // Z      Study ID
    {0x00200027, kX, kDescriptors},             // X      Pyramid Label
    {0x00200052, kU, kUids},                    // U      Frame of Reference UID
    {0x00200200, kU, kUids},                    // U      Synchronization Frame of Reference UID
    {0x00203401, kX, kDevice},                  // X      Modifying Device ID
    {0x00203403, kX, kDates},                   // X      Modified Image Date
    {0x00203405, kX, kDates},                   // X      Modified Image Time
    {0x00203406, kX, 0},                        // X      Modified Image Description
    {0x00204000, kX, kDescriptors},             // X      Image Comments
    {0x00209158, kX, kDescriptors},             // X      Frame Comments
    {0x00209161, kU, kUids},                    // U      Concatenation UID
    {0x00209164, kU, kUids},                    // U      Dimension Organization UID
    {0x00281199, kU, kUids},                    // U      Palette Color Lookup Table UID
    {0x00281214, kU, kUids},                    // U      Large Palette Color Lookup Table UID
    {0x00284000, kX, 0},                        // X      Image Presentation Comments
    {0x00320012, kX, 0},                        // X      Study ID Issuer
    {0x00320032, kX, kDates},                   // X      Study Verified Date
    {0x00320033, kX, kDates},                   // X      Study Verified Time
    {0x00320034, kX, kDates},                   // X      Study Read Date
    {0x00320035, kX, kDates},                   // X      Study Read Time
    {0x00321000, kX, kDates},                   // X      Scheduled Study Start Date
    {0x00321001, kX, kDates},                   // X      Scheduled Study Start Time
    {0x00321010, kX, kDates},                   // X      Scheduled Study Stop Date
    {0x00321011, kX, kDates},                   // X      Scheduled Study Stop Time
    {0x00321020, kX, kDevice},                  // X      Scheduled Study Location
    {0x00321021, kX, 0},                        // X      Scheduled Study Location AE Title
    {0x00321030, kX, kDescriptors},             // X      Reason for Study
    {0x00321032, kX, 0},                        // X      Requesting Physician
    {0x00321033, kX, 0},                        // X      Requesting Service
    {0x00321040, kX, kDates},                   // X      Study Arrival Date
    {0x00321041, kX, kDates},                   // X      Study Arrival Time
    {0x00321050, kX, kDates},                   // X      Study Completion Date
    {0x00321051, kX, kDates},                   // X      Study Completion Time
    {0x00321060, kZ, kDescriptors},             // X/Z    Requested Procedure Description
    {0x00321066, kX, kDescriptors},             // X      Reason for Visit
    {0x00321067, kX, kDescriptors},             // X      Reason for Visit Code Sequence
    {0x00321070, kX, kDescriptors},             // X      Requested Contrast Agent
    {0x00324000, kX, kDescriptors},             // X      Study Comments
    {0x00340001, kD, 0},                        // D      Flow Identifier Sequence
    {0x00340002, kD, 0},                        // D      Flow Identifier
    {0x00340005, kD, 0},                        // D      Source Identifier
    {0x00340007, kD, kDates},                   // D      Frame Origin Timestamp
    {0x00380004, kX, 0},                        // X      Referenced Patient Alias Sequence
    {0x00380010, kX, 0},                        // X      Admission ID
    {0x00380011, kX, 0},                        // X      Issuer of Admission ID
    {0x00380014, kX, 0},                        // X      Issuer of Admission ID Sequence
    {0x0038001A, kX, kDates},                   // X      Scheduled Admission Date
    {0x0038001B, kX, kDates},                   // X      Scheduled Admission Time
    {0x0038001C, kX, kDates},                   // X      Scheduled Discharge Date
    {0x0038001D, kX, kDates},                   // X      Scheduled Discharge Time
    {0x0038001E, kX, 0},                        // X      Scheduled Patient Institution Residence
    {0x00380020, kX, kDates},                   // X      Admitting Date
    {0x00380021, kX, kDates},                   // X      Admitting Time
    {0x00380030, kX, kDates},                   // X      Discharge Date
    {0x00380032, kX, kDates},                   // X      Discharge Time
    {0x00380040, kX, kDescriptors},             // X      Discharge Diagnosis Description
    {0x00380050, kX, 0},                        // X      Special Needs
    {0x00380060, kX, 0},                        // X      Service Episode ID
    {0x00380061, kX, 0},                        // X      Issuer of Service Episode ID
    {0x00380062, kX, kDescriptors},             // X      Service Episode Description
    {0x00380064, kX, 0},                        // X      Issuer of Service Episode ID Sequence
    {0x00380300, kX, 0},                        // X      Current Patient Location
    {0x00380400, kX, 0},                        // X      Patient's Institution Residence
    {0x00380500, kX, kDescriptors},             // X      Patient State
    {0x00384000, kX, kDescriptors},             // X      Visit Comments
    {0x003A0310, kU, kUids},                    // U      Multiplex Group UID
    {0x003A0314, kD, kDates},                   // D      Impedance Measurement DateTime
    {0x003A0329, kX, kDescriptors},             // X      Waveform Filter Description
    {0x003A032B, kX, kDescriptors},             // X      Filter Lookup Table Description
    {0x00400001, kX, 0},                        // X      Scheduled Station AE Title
    {0x00400002, kX, kDates},                   // X      Scheduled Procedure Step Start Date
    {0x00400003, kX, kDates},                   // X      Scheduled Procedure Step Start Time
    {0x00400004, kX, kDates},                   // X      Scheduled Procedure Step End Date
    {0x00400005, kX, kDates},                   // X      Scheduled Procedure Step End Time
    {0x00400006, kX, 0},                        // X      Scheduled Performing Physician's Name
    {0x00400007, kX, kDescriptors},             // X      Scheduled Procedure Step Description
    {0x00400009, kX, 0},                        // X      Scheduled Procedure Step ID
    {0x0040000B, kX, 0},                        // X      Scheduled Performing Physician Identification Sequence
    {0x00400010, kX, kDevice},                  // X      Scheduled Station Name
    {0x00400011, kX, kDevice},                  // X      Scheduled Procedure Step Location
    {0x00400012, kX, 0},                        // X      Pre-Medication
    {0x00400241, kX, 0},                        // X      Performed Station AE Title
    {0x00400242, kX, kDevice},                  // X      Performed Station Name
    {0x00400243, kX, 0},                        // X      Performed Location
    {0x00400244, kX, kDates},                   // X      Performed Procedure Step Start Date
    {0x00400245, kX, kDates},                   // X      Performed Procedure Step Start Time
    {0x00400250, kX, kDates},                   // X      Performed Procedure Step End Date
    {0x00400251, kX, kDates},                   // X      Performed Procedure Step End Time
    {0x00400253, kX, 0},                        // X      Performed Procedure Step ID
    {0x00400254, kX, kDescriptors},             // X      Performed Procedure Step Description
    {0x00400275, kX, kDescriptors},             // X      Request Attributes Sequence
    {0x00400280, kX, kDescriptors},             // X      Comments on the Performed Procedure Step
    {0x00400310, kX, kDescriptors},             // X      Comments on Radiation Dose
    {0x0040050A, kX, 0},                        // X      Specimen Accession Number
    {0x00400512, kD, 0},                        // D      Container Identifier
    {0x00400513, kZ, 0},                        // Z      Issuer of the Container Identifier Sequence
    {0x0040051A, kX, kDescriptors},             // X      Container Description
    {0x00400551, kD, 0},                        // D      Specimen Identifier
    {0x00400554, kU, kUids},                    // U      Specimen UID
    {0x00400555, kZ, kStructured},              // X/Z    Acquisition Context Sequence
    {0x00400562, kZ, 0},                        // Z      Issuer of the Specimen Identifier Sequence
    {0x00400600, kX, kDescriptors},             // X      Specimen Short Description
    {0x00400602, kX, kDescriptors},             // X      Specimen Detailed Description
    {0x00400610, kZ, kStructured},              // Z      Specimen Preparation Sequence
    {0x004006FA, kX, 0},                        // X      Slide Identifier
    {0x00401001, kX, 0},                        // X      Requested Procedure ID
    {0x00401002, kX, kDescriptors},             // X      Reason for the Requested Procedure
    {0x00401004, kX, 0},                        // X      Patient Transport Arrangements
    {0x00401005, kX, 0},                        // X      Requested Procedure Location
    {0x0040100A, kX, kDescriptors},             // X      Reason for Requested Procedure Code Sequence
    {0x00401010, kX, 0},                        // X      Names of Intended Recipients of Results
    {0x00401011, kX, 0},                        // X      Intended Recipients of Results Identification Sequence
    {0x00401101, kD, 0},                        // D      Person Identification Code Sequence
    {0x00401102, kX, 0},                        // X      Person's Address
    {0x00401103, kX, 0},                        // X      Person's Telephone Numbers
    {0x00401104, kX, 0},                        // X      Person's Telecom Information
    {0x00401400, kX, kDescriptors},             // X      Requested Procedure Comments
    {0x00402001, kX, kDescriptors},             // X      Reason for the Imaging Service Request
    {0x00402004, kX, kDates},                   // X      Issue Date of Imaging Service Request
    {0x00402005, kX, kDates},                   // X      Issue Time of Imaging Service Request
    {0x00402008, kX, 0},                        // X      Order Entered By
    {0x00402009, kX, 0},                        // X      Order Enterer's Location
    {0x00402010, kX, 0},                        // X      Order Callback Phone Number
    {0x00402011, kX, 0},                        // X      Order Callback Telecom Information
    {0x00402016, kZ, 0},                        // Z      Placer Order Number / Imaging Service Request
    {0x00402017, kZ, 0},                        // Z      Filler Order Number / Imaging Service Request
    {0x00402400, kX, kDescriptors},             // X      Imaging Service Request Comments
    {0x00403001, kX, 0},                        // X      Confidentiality Constraint on Patient Data Description
    {0x00404005, kX, kDates},                   // X      Scheduled Procedure Step Start DateTime
    {0x00404008, kX, kDates},                   // X      Scheduled Procedure Step Expiration DateTime
    {0x00404010, kX, kDates},                   // X      Scheduled Procedure Step Modification DateTime
    {0x00404011, kX, kDates},                   // X      Expected Completion DateTime
    {0x00404023, kU, kUids},                    // U      Referenced General Purpose Scheduled Procedure Step Transactio
    {0x00404025, kX, kDevice},                  // X      Scheduled Station Name Code Sequence
    {0x00404027, kX, kDevice},                  // X      Scheduled Station Geographic Location Code Sequence
    {0x00404028, kX, kDevice},                  // X      Performed Station Name Code Sequence
    {0x00404030, kX, kDevice},                  // X      Performed Station Geographic Location Code Sequence
    {0x00404034, kX, 0},                        // X      Scheduled Human Performers Sequence
    {0x00404035, kX, 0},                        // X      Actual Human Performers Sequence
    {0x00404036, kX, 0},                        // X      Human Performer's Organization
    {0x00404037, kX, 0},                        // X      Human Performer's Name
    {0x00404050, kX, kDates},                   // X      Performed Procedure Step Start DateTime
    {0x00404051, kX, kDates},                   // X      Performed Procedure Step End DateTime
    {0x00404052, kX, kDates},                   // X      Procedure Step Cancellation DateTime
    {0x0040A023, kX, kDates},                   // X      Findings Group Recording Date (Trial)
    {0x0040A024, kX, kDates},                   // X      Findings Group Recording Time (Trial)
    {0x0040A027, kD, 0},                        // D      Verifying Organization
    {0x0040A030, kD, kDates},                   // D      Verification DateTime
    {0x0040A032, kD, kDates},                   // X/D    Observation DateTime
    {0x0040A033, kX, kDates},                   // X      Observation Start DateTime
    {0x0040A073, kD, 0},                        // D      Verifying Observer Sequence
    {0x0040A075, kD, 0},                        // D      Verifying Observer Name
    {0x0040A078, kX, 0},                        // X      Author Observer Sequence
    {0x0040A07A, kX, 0},                        // X      Participant Sequence
    {0x0040A07C, kX, 0},                        // X      Custodial Organization Sequence
    {0x0040A082, kZ, kDates},                   // Z      Participation DateTime
    {0x0040A088, kZ, 0},                        // Z      Verifying Observer Identification Code Sequence
    {0x0040A110, kX, kDates},                   // X      Date of Document or Verbal Transaction (Trial)
    {0x0040A112, kX, kDates},                   // X      Time of Document Creation or Verbal Transaction (Trial)
    {0x0040A120, kD, kDates},                   // D      DateTime
    {0x0040A121, kD, kDates},                   // D      Date
    {0x0040A122, kD, kDates},                   // D      Time
    {0x0040A123, kD, 0},                        // D      Person Name
    {0x0040A124, kU, 0},                        // U      UID
    {0x0040A13A, kD, kDates},                   // D      Referenced DateTime
    {0x0040A171, kU, kUids},                    // U      Observation UID
    {0x0040A172, kU, kUids},                    // U      Referenced Observation UID (Trial)
    {0x0040A192, kX, kDates},                   // X      Observation Date (Trial)
    {0x0040A193, kX, kDates},                   // X      Observation Time (Trial)
    {0x0040A307, kX, 0},                        // X      Current Observer (Trial)
    {0x0040A352, kX, 0},                        // X      Verbal Source (Trial)
    {0x0040A353, kX, 0},                        // X      Address (Trial)
    {0x0040A354, kX, 0},                        // X      Telephone Number (Trial)
    {0x0040A358, kX, 0},                        // X      Verbal Source Identifier Code Sequence (Trial)
    {0x0040A402, kU, kUids},                    // U      Observation Subject UID (Trial)
    {0x0040A730, kD, kStructured},              // D      Content Sequence
    {0x0040DB06, kX, kDates},                   // X      Template Version
    {0x0040DB07, kX, kDates},                   // X      Template Local Version
    {0x0040DB0C, kU, kUids},                    // U      Template Extension Organization UID
    {0x0040DB0D, kU, kUids},                    // U      Template Extension Creator UID
    {0x0040E004, kX, kDates},                   // X      HL7 Document Effective Time
    {0x00420011, kD, 0},                        // D      Encapsulated Document
    {0x00440004, kX, kDates},                   // X      Approval Status DateTime
    {0x0044000B, kX, kDates},                   // X      Product Expiration DateTime
    {0x00440010, kX, kDates},                   // X      Substance Administration DateTime
    {0x00440104, kD, kDates},                   // D      Assertion DateTime
    {0x00440105, kX, kDates},                   // X      Assertion Expiration DateTime
    {0x0050001B, kX, 0},                        // X      Container Component ID
    {0x00500020, kX, kDevice},                  // X      Device Description
    {0x00500021, kX, kDescriptors},             // X      Long Device Description
    {0x00620021, kU, kUids},                    // U      Tracking UID
    {0x00640003, kU, kUids},                    // U      Source Frame of Reference UID
    {0x00686226, kD, kDates},                   // D      Effective DateTime
    {0x00686270, kD, kDates},                   // D      Information Issue DateTime
    {0x006A0003, kD, kUids},                    // D      Annotation Group UID
    {0x006A0005, kD, kDescriptors},             // D      Annotation Group Label
    {0x006A0006, kX, kDescriptors},             // X      Annotation Group Description
    {0x00700001, kD, kGraphics},                // D      Graphic Annotation Sequence
    {0x00700082, kX, kDates},                   // X      Presentation Creation Date
    {0x00700083, kX, kDates},                   // X      Presentation Creation Time
    {0x00700084, kD, 0},                        // Z/D    Content Creator's Name
    {0x00700086, kX, 0},                        // X      Content Creator's Identification Code Sequence
    {0x0070031A, kU, kUids},                    // U      Fiducial UID
    {0x00701101, kU, kUids},                    // U      Presentation Display Collection UID
    {0x00701102, kU, kUids},                    // U      Presentation Sequence Collection UID
    {0x0072000A, kD, kDates},                   // D      Hanging Protocol Creation DateTime
    {0x0072005E, kD, 0},                        // D      Selector AE Value
    {0x0072005F, kD, kPatient},                 // D      Selector AS Value
    {0x00720061, kD, kDates},                   // D      Selector DA Value
    {0x00720063, kD, kDates},                   // D      Selector DT Value
    {0x00720065, kD, 0},                        // D      Selector OB Value
    {0x00720066, kD, kDescriptors},             // D      Selector LO Value
    {0x00720068, kD, kDescriptors},             // D      Selector LT Value
    {0x0072006A, kD, 0},                        // D      Selector PN Value
    {0x0072006B, kD, kDates},                   // D      Selector TM Value
    {0x0072006C, kD, kDescriptors},             // D      Selector SH Value
    {0x0072006D, kD, 0},                        // D      Selector UN Value
    {0x0072006E, kD, kDescriptors},             // D      Selector ST Value
    {0x00720070, kD, kDescriptors},             // D      Selector UT Value
    {0x00720071, kD, 0},                        // D      Selector UR Value
    {0x00741234, kX, 0},                        // X      Receiving AE
    {0x00741236, kX, 0},                        // X      Requesting AE
    {0x00880140, kU, kUids},                    // U      Storage Media File-set UID
    {0x00880200, kX, 0},                        // X      Icon Image Sequence

    {0x00880904, kX, 0},                        // X      Topic Title
    {0x00880906, kX, 0},                        // X      Topic Subject
    {0x00880910, kX, 0},                        // X      Topic Author
    {0x00880912, kX, 0},                        // X      Topic Keywords
    {0x01000420, kX, kDates},                   // X      SOP Authorization DateTime
    {0x04000100, kU, 0},                        // U      Digital Signature UID
    {0x04000105, kD, kDates},                   // D      Digital Signature DateTime
    {0x04000115, kD, 0},                        // D      Certificate of Signer
    {0x04000310, kX, kDates},                   // X      Certified Timestamp
    {0x04000402, kX, 0},                        // X      Referenced Digital Signature Sequence
    {0x04000403, kX, 0},                        // X      Referenced SOP Instance MAC Sequence
    {0x04000404, kX, 0},                        // X      MAC
    {0x04000550, kX, 0},                        // X      Modified Attributes Sequence
    {0x04000551, kX, 0},                        // X      Nonconforming Modified Attributes Sequence
    {0x04000552, kX, 0},                        // X      Nonconforming Data Element Value
    {0x04000561, kX, 0},                        // X      Original Attributes Sequence
    {0x04000562, kD, kDates},                   // D      Attribute Modification DateTime
    {0x04000563, kD, kDevice},                  // D      Modifying System
    {0x04000564, kZ, kInstitution},             // Z      Source of Previous Values
    {0x04000565, kD, kDescriptors},             // D      Reason for the Attribute Modification
    {0x04000600, kX, 0},                        // X      Instance Origin Status
    {0x20300020, kX, 0},                        // X      Text String
    {0x21000040, kX, kDates},                   // X      Creation Date
    {0x21000050, kX, kDates},                   // X      Creation Time
    {0x21000070, kX, 0},                        // X      Originator
    {0x21000140, kD, 0},                        // D      Destination AE
    {0x22000002, kZ, kDescriptors},             // X/Z    Label Text
    {0x22000005, kZ, 0},                        // X/Z    Barcode Value
    {0x30020121, kX, kDescriptors},             // X      Position Acquisition Template Name
    {0x30020123, kX, kDescriptors},             // X      Position Acquisition Template Description
    {0x30060002, kD, kDescriptors},             // D      Structure Set Label
    {0x30060004, kX, kDescriptors},             // X      Structure Set Name
    {0x30060006, kX, kDescriptors},             // X      Structure Set Description
    {0x30060008, kZ, kDates},                   // Z      Structure Set Date
    {0x30060009, kZ, kDates},                   // Z      Structure Set Time
    {0x30060024, kU, kUids},                    // U      Referenced Frame of Reference UID
    {0x30060026, kZ, kDescriptors},             // Z      ROI Name
    {0x30060028, kX, kDescriptors},             // X      ROI Description
    {0x3006002D, kX, kDates},                   // X      ROI DateTime
    {0x3006002E, kX, kDates},                   // X      ROI Observation DateTime
    {0x30060038, kX, kDescriptors},             // X      ROI Generation Description
    {0x3006004D, kX, 0},                        // X      ROI Creator Sequence
    {0x3006004E, kX, 0},                        // X      ROI Interpreter Sequence
    {0x30060085, kX, kDescriptors},             // X      ROI Observation Label
    {0x30060088, kX, kDescriptors},             // X      ROI Observation Description
    {0x300600A6, kZ, 0},                        // Z      ROI Interpreter
    {0x300600C2, kU, kUids},                    // U      Related Frame of Reference UID
    {0x30080024, kD, kDates},                   // D      Treatment Control Point Date
    {0x30080025, kD, kDates},                   // D      Treatment Control Point Time
    {0x30080054, kD, kDates},                   // X/D    First Treatment Date
    {0x30080056, kD, kDates},                   // X/D    Most Recent Treatment Date
    {0x30080105, kZ, kDevice},                  // X/Z    Source Serial Number
    {0x30080162, kD, kDates},                   // D      Safe Position Exit Date
    {0x30080164, kD, kDates},                   // D      Safe Position Exit Time
    {0x30080166, kD, kDates},                   // D      Safe Position Return Date
    {0x30080168, kD, kDates},                   // D      Safe Position Return Time
    {0x30080250, kD, kDates},                   // X/D    Treatment Date
    {0x30080251, kD, kDates},                   // X/D    Treatment Time
    {0x300A0002, kD, kDescriptors},             // D      RT Plan Label
    {0x300A0003, kX, kDescriptors},             // X      RT Plan Name
    {0x300A0004, kX, kDescriptors},             // X      RT Plan Description
    {0x300A0006, kD, kDates},                   // X/D    RT Plan Date
    {0x300A0007, kD, kDates},                   // X/D    RT Plan Time
    {0x300A000B, kX, kDescriptors},             // X      Treatment Sites
    {0x300A000E, kX, kDescriptors},             // X      Prescription Description
    {0x300A0013, kU, kUids},                    // U      Dose Reference UID
    {0x300A0016, kX, kDescriptors},             // X      Dose Reference Description
    {0x300A0072, kX, kDescriptors},             // X      Fraction Group Description
    {0x300A0083, kU, kUids},                    // U      Referenced Dose Reference UID
    {0x300A00B2, kZ, kDevice},                  // X/Z    Treatment Machine Name
    {0x300A00C3, kX, kDescriptors},             // X      Beam Description
    {0x300A00DD, kX, kDescriptors},             // X      Bolus Description
    {0x300A0196, kX, kDescriptors},             // X      Fixation Device Description
    {0x300A01A6, kX, kDescriptors},             // X      Shielding Device Description
    {0x300A01B2, kX, kDescriptors},             // X      Setup Technique Description
    {0x300A0216, kX, kDevice},                  // X      Source Manufacturer
    {0x300A022C, kD, kDates},                   // D      Source Strength Reference Date
    {0x300A022E, kD, kDates},                   // D      Source Strength Reference Time
    {0x300A02EB, kX, kDescriptors},             // X      Compensator Description
    {0x300A0608, kD, kDescriptors},             // D      Treatment Position Group Label
    {0x300A0609, kU, kUids},                    // U      Treatment Position Group UID
    {0x300A0611, kZ, 0},                        // Z      RT Accessory Holder Slot ID
    {0x300A0615, kZ, 0},                        // Z      RT Accessory Device Slot ID
    {0x300A0619, kD, kDescriptors},             // D      Radiation Dose Identification Label
    {0x300A0623, kD, kDescriptors},             // D      Radiation Dose In-Vivo Measurement Label
    {0x300A062A, kD, kDescriptors},             // D      RT Tolerance Set Label
    {0x300A0650, kU, kUids},                    // U      Patient Setup UID
    {0x300A0676, kX, kDescriptors},             // X      Equipment Frame of Reference Description
    {0x300A067C, kD, kDescriptors},             // D      Radiation Generation Mode Label
    {0x300A067D, kZ, kDescriptors},             // Z      Radiation Generation Mode Description
    {0x300A0700, kU, kUids},                    // U      Treatment Session UID
    {0x300A0734, kD, kDescriptors},             // D      Treatment Tolerance Violation Description
    {0x300A0736, kD, kDates},                   // D      Treatment Tolerance Violation DateTime
    {0x300A073A, kD, kDates},                   // D      Recorded RT Control Point DateTime
    {0x300A0741, kD, kDates},                   // D      Interlock DateTime
    {0x300A0742, kD, kDescriptors},             // D      Interlock Description
    {0x300A0760, kD, kDates},                   // D      Override DateTime
    {0x300A0783, kD, kDescriptors},             // D      Interlock Origin Description
    {0x300A0785, kU, kUids},                    // U      Referenced Treatment Position Group UID
    {0x300A078E, kX, kDescriptors},             // X      Patient Treatment Preparation Procedure Parameter Description
    {0x300A0792, kX, kDescriptors},             // X      Patient Treatment Preparation Method Description
    {0x300A0794, kX, kDescriptors},             // X      Patient Setup Photo Description
    {0x300A079A, kX, kDescriptors},             // X      Displacement Reference Label
    {0x300C0113, kX, kDescriptors},             // X      Reason for Omission Description
    {0x300C0127, kD, kDates | kDevice},         // D      Beam Hold Transition DateTime
    {0x300E0004, kZ, kDates},                   // Z      Review Date
    {0x300E0005, kZ, kDates},                   // Z      Review Time
    {0x300E0008, kZ, 0},                        // X/Z    Reviewer Name
    {0x30100006, kU, kUids},                    // U      Conceptual Volume UID
    {0x3010000B, kU, kUids},                    // U      Referenced Conceptual Volume UID
    {0x3010000F, kZ, kDescriptors},             // Z      Conceptual Volume Combination Description
    {0x30100013, kU, kUids},                    // U      Constituent Conceptual Volume UID
    {0x30100015, kU, kUids},                    // U      Source Conceptual Volume UID
    {0x30100017, kZ, kDescriptors},             // Z      Conceptual Volume Description
    {0x3010001B, kZ, 0},                        // Z      Device Alternate Identifier
    {0x3010002D, kD, kDevice},                  // D      Device Label
    {0x30100031, kU, kUids},                    // U      Referenced Fiducials UID
    {0x30100033, kD, kDescriptors},             // D      User Content Label
    {0x30100034, kD, kDescriptors},             // D      User Content Long Label
    {0x30100035, kD, kDescriptors},             // D      Entity Label
    {0x30100036, kX, kDescriptors},             // X      Entity Name
    {0x30100037, kX, kDescriptors},             // X      Entity Description
    {0x30100038, kD, kDescriptors},             // D      Entity Long Label
    {0x3010003B, kU, kUids},                    // U      RT Treatment Phase UID
    {0x30100043, kZ, kDevice},                  // Z      Manufacturer's Device Identifier
    {0x3010004C, kD, kDates},                   // X/D    Intended Phase Start Date
    {0x3010004D, kD, kDates},                   // X/D    Intended Phase End Date
    {0x30100054, kD, kDescriptors},             // D      RT Prescription Label
    {0x30100056, kD, kDescriptors},             // X/D    RT Treatment Approach Label
    {0x3010005A, kZ, kDescriptors},             // Z      RT Physician Intent Narrative
    {0x3010005C, kZ, kDescriptors},             // Z      Reason for Superseding
    {0x30100061, kX, kDescriptors},             // X      Prior Treatment Dose Description
    {0x3010006E, kU, kUids},                    // U      Dosimetric Objective UID
    {0x3010006F, kU, kUids},                    // U      Referenced Dosimetric Objective UID
    {0x30100077, kD, kDescriptors},             // X/D    Treatment Site
    {0x3010007A, kZ, kDescriptors},             // Z      Treatment Technique Notes
    {0x3010007B, kZ, kDescriptors},             // Z      Prescription Notes
    {0x3010007F, kZ, kDescriptors},             // Z      Fractionation Notes
    {0x30100081, kZ, kDescriptors},             // Z      Prescription Notes Sequence
    {0x30100085, kX, kDates},                   // X      Intended Fraction Start Time
    {0x40000010, kX, 0},                        // X      Arbitrary
    {0x40004000, kX, 0},                        // X      Text Comments
    {0x40080040, kX, 0},                        // X      Results ID
    {0x40080042, kX, 0},                        // X      Results ID Issuer
    {0x40080100, kX, kDates},                   // X      Interpretation Recorded Date
    {0x40080101, kX, kDates},                   // X      Interpretation Recorded Time
    {0x40080102, kX, 0},                        // X      Interpretation Recorder
    {0x40080108, kX, kDates},                   // X      Interpretation Transcription Date
    {0x40080109, kX, kDates},                   // X      Interpretation Transcription Time
    {0x4008010A, kX, 0},                        // X      Interpretation Transcriber
    {0x4008010B, kX, kDescriptors},             // X      Interpretation Text
    {0x4008010C, kX, 0},                        // X      Interpretation Author
    {0x40080111, kX, 0},                        // X      Interpretation Approver Sequence
    {0x40080112, kX, kDates},                   // X      Interpretation Approval Date
    {0x40080113, kX, kDates},                   // X      Interpretation Approval Time
    {0x40080114, kX, 0},                        // X      Physician Approving Interpretation
    {0x40080115, kX, kDescriptors},             // X      Interpretation Diagnosis Description
    {0x40080118, kX, 0},                        // X      Results Distribution List Sequence
    {0x40080119, kX, 0},                        // X      Distribution Name
    {0x4008011A, kX, 0},                        // X      Distribution Address
    {0x40080200, kX, 0},                        // X      Interpretation ID
    {0x40080202, kX, 0},                        // X      Interpretation ID Issuer
    {0x40080300, kX, kDescriptors},             // X      Impressions
    {0x40084000, kX, kDescriptors},             // X      Results Comments
    {0xFFFAFFFA, kX, 0},                        // X      Digital Signatures Sequence
    {0xFFFCFFFC, kX, 0},                        // X      Data Set Trailing Padding
};
// clang-format on

}  // namespace lingshu
