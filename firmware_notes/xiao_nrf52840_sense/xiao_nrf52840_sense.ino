// sensortrack profile on a Seeed XIAO nRF52840 Sense (LSM6DS3TR-C). Compiled for no board and not run on hardware.
//
// Board package "Seeed nRF52 mbed-enabled Boards", libraries ArduinoBLE (1.3 or newer) and "Seeed Arduino LSM6DS3" (2.0).
// Copy ../sensortrack_profile.h beside this file. The protocol is in ../profile.md.

#include <ArduinoBLE.h>
#include <LSM6DS3.h>
#include <Wire.h>

#include "sensortrack_profile.h"

static const uint16_t RATE_HZ = 104;       // the chip's step nearest to 100
static const uint16_t ACC_RANGE_G = 16;
static const uint16_t GYR_RANGE_DPS = 2000;
static const float GYR_SCALE = 0.070f;     // degrees/s of a count at 2000 degrees/s: data sheet, table 3
static const float ACC_SCALE = 0.488e-3f * 9.80665f;

LSM6DS3 imu(I2C_MODE, 0x6A);
BLEService service(STK_SERVICE_UUID);
BLECharacteristic info(STK_INFO_UUID, BLERead, STK_INFO_BYTES, true);
BLECharacteristic data(STK_DATA_UUID, BLENotify, STK_FRAME_BYTES);
BLECharacteristic control(STK_CONTROL_UUID, BLEWrite | BLEIndicate, STK_REPLY_BYTES);
BLEService batteryService("180F");
BLEUnsignedCharCharacteristic batteryLevel("2A19", BLERead);

stk_sensor sensor;

void holdWhatTheChipHas() {
  stk_set(&sensor, RATE_HZ, ACC_RANGE_G, GYR_RANGE_DPS);
  sensor.acc_scale = ACC_SCALE;
  sensor.gyr_scale = GYR_SCALE;
}

void onControl(BLEDevice, BLECharacteristic written) {
  uint8_t command[STK_REPLY_BYTES], reply[STK_REPLY_BYTES], values[STK_INFO_BYTES];
  size_t length = (size_t)written.valueLength();
  if (length > sizeof command) length = sizeof command;
  memcpy(command, written.value(), length);
  size_t answered = stk_control(&sensor, command, length, reply);
  if (answered == STK_REPLY_BYTES) {  // started: with what this chip has
    holdWhatTheChipHas();
    stk_reply_start(&sensor, reply);
  }
  stk_info(&sensor, values);
  info.writeValue(values, STK_INFO_BYTES);
  if (answered) control.writeValue(reply, answered);
}

void onDisconnected(BLEDevice) { sensor.is_streaming = 0; }

void setup() {
  stk_init(&sensor, 1);
  holdWhatTheChipHas();
  sensor.largest = 182;  // ArduinoBLE does not tell the MTU; every computer agrees on 185 or more

  imu.settings.accelRange = ACC_RANGE_G;
  imu.settings.accelSampleRate = RATE_HZ;
  imu.settings.gyroRange = GYR_RANGE_DPS;
  imu.settings.gyroSampleRate = RATE_HZ;
  if (imu.begin() != 0 || !BLE.begin()) {
    pinMode(LED_BUILTIN, OUTPUT);
    for (;;) {  // sensor or radio is missing: blink
      digitalWrite(LED_BUILTIN, !digitalRead(LED_BUILTIN));
      delay(200);
    }
  }
  Wire.setClock(400000);

  uint8_t values[STK_INFO_BYTES];
  stk_info(&sensor, values);
  BLE.setDeviceName("sensortrack XIAO");
  BLE.setLocalName("sensortrack XIAO");
  BLE.setConnectionInterval(12, 24);  // 15 to 30 ms
  service.addCharacteristic(info);
  service.addCharacteristic(data);
  service.addCharacteristic(control);
  BLE.addService(service);
  batteryService.addCharacteristic(batteryLevel);
  BLE.addService(batteryService);
  batteryLevel.writeValue(100);  // measure it where a battery is connected
  info.writeValue(values, STK_INFO_BYTES);
  control.setEventHandler(BLEWritten, onControl);
  BLE.setEventHandler(BLEDisconnected, onDisconnected);
  BLE.setAdvertisedService(service);
  BLE.advertise();
}

void loop() {
  BLE.poll();
  uint8_t status = 0;
  imu.readRegister(&status, LSM6DS3_ACC_GYRO_STATUS_REG);
  if ((status & 0x03) != 0x03) return;  // acceleration and angular rate are new
  uint32_t takenUs = micros();
  uint8_t raw[12];  // gyroscope first, then accelerometer, little-endian
  imu.readRegion(raw, LSM6DS3_ACC_GYRO_OUTX_L_G, sizeof raw);
  int16_t counts[6];
  for (int axis = 0; axis < 3; axis++) {
    counts[axis] = (int16_t)stk_get_u16(raw + 6 + 2 * axis);
    counts[3 + axis] = (int16_t)stk_get_u16(raw + 2 * axis);
  }
  uint8_t frame[STK_FRAME_BYTES];
  size_t length = stk_sample(&sensor, takenUs, counts, frame);
  if (length > 0) data.writeValue(frame, length);
}
