// Bank holidays on weekdays of the years given: lines of "jurisdiction date".
import Holidays from 'date-holidays';

const [from, until] = process.argv.slice(2).map(Number);
const jurisdictions = { 'england-and-wales': 'ENG', scotland: 'SCT', 'northern-ireland': 'NIR' };
for (const [name, state] of Object.entries(jurisdictions)) {
  const holidays = new Holidays('GB', state);
  for (let year = from; year <= until; year++) {
    for (const { date, type } of holidays.getHolidays(year)) {
      const day = date.slice(0, 10);
      if (type === 'public' && new Date(day + 'T12:00Z').getUTCDay() % 6 !== 0) {
        console.log(name, day);
      }
    }
  }
}
